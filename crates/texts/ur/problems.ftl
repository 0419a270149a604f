# ادارے کے اپنے پورٹ پر مسائل کے عنوان۔
code-refused = معاہدہ یا کم از کم ضابطے اسے رد کرتے ہیں
code-unauthenticated = معلوم نہیں کہ درخواست کون کر رہا ہے
code-forbidden = آپ کا کردار اس کی اجازت نہیں دیتا
code-too_many = درخواستیں بہت زیادہ ہیں
code-too_large = درخواست بہت بڑی ہے
code-wrong_method = اس راستے پر یہ طریقہ نہیں ہے
code-wrong_origin = یہ درخواست اس پورٹ کے لیے نہیں تھی
code-usage = دیے گئے مواد میں غلطی ہے
code-not_found = ایسی کوئی چیز نہیں ہے
code-conflict = پہلے ہی لیا جا چکا ہے
code-storage = ڈسک بھر گئی ہے یا خراب ہے
code-unavailable = اس وقت ممکن نہیں
code-not_verified = تصدیق نہیں ہوئی
code-internal = اس پروگرام کی خرابی
