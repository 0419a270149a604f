# Kurumun kendi kapısındaki sorunların başlıkları.
code-refused = Anlaşma veya asgari kurallar reddediyor
code-unauthenticated = Kimin istediği bilinmiyor
code-forbidden = Rolünüz buna izin vermiyor
code-too_many = Çok fazla istek
code-too_large = İstek fazla büyük
code-wrong_method = Bu yolda böyle bir yöntem yok
code-wrong_origin = İstek bu kapıya yönelik değildi
code-usage = Girdide hata var
code-not_found = Böyle bir şey yok
code-conflict = Zaten alınmış
code-storage = Disk dolu veya hasarlı
code-unavailable = Şu anda mümkün değil
code-not_verified = Doğrulanamadı
code-internal = Bu programın hatası
