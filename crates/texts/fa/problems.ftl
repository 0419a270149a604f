# عنوان‌های خطا در درگاه خود سازمان.
code-refused = موافقت‌نامه یا حداقل قواعد آن را رد می‌کند
code-unauthenticated = معلوم نیست چه کسی درخواست می‌کند
code-forbidden = نقش شما اجازهٔ این کار را ندارد
code-too_many = درخواست‌ها بیش از اندازهٔ مجاز است
code-too_large = درخواست بیش از اندازه بزرگ است
code-wrong_method = این مسیر چنین روشی ندارد
code-wrong_origin = این درخواست برای این درگاه نبود
code-usage = در ورودی خطایی هست
code-not_found = چنین چیزی نیست
code-conflict = پیش‌تر گرفته شده است
code-storage = دیسک پر یا خراب است
code-unavailable = اکنون ممکن نیست
code-not_verified = راستی‌آزمایی نشد
code-internal = خطای این برنامه
