# عناوين المشكلات على منفذ الجهة نفسها.
code-refused = رفضه الاتفاق أو القواعد الأساسية
code-unauthenticated = صاحب الطلب غير معروف
code-forbidden = دورك لا يسمح بهذا
code-too_many = طلبات أكثر من المسموح
code-too_large = الطلب أكبر من المسموح
code-wrong_method = لا يقبل هذا المسار هذه الطريقة
code-wrong_origin = لم يكن هذا الطلب موجّهًا إلى هذا المنفذ
code-usage = في المدخلات خطأ
code-not_found = لا يوجد شيء كهذا
code-conflict = مأخوذ من قبل
code-storage = القرص ممتلئ أو تالف
code-unavailable = غير ممكن الآن
code-not_verified = لم يجتز التحقق
code-internal = خلل في هذا البرنامج
