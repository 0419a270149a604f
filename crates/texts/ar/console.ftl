# لوحة العمل: ما تقوله الصفحات إلى جانب كلمات المكاتب.
mithaq = ميثاق
made-up = جهة خيالية: لا أحد ولا شيء هنا حقيقي.
skip-to-content = الانتقال إلى المحتوى
navigation = التنقل
breadcrumb = مكانك الحالي
details = التفاصيل
search = بحث
search-hint = البحث بالرقم المرجعي أو العنوان أو الجهة
connected = متصل
language-and-calendar = اللغة والتقويم والألوان
language = اللغة
calendar = التقويم
calendar-gregorian = ميلادي
calendar-umm-al-qura = هجري (أم القرى)
calendar-solar-hijri = هجري شمسي
theme = الألوان
theme-device = حسب الجهاز
theme-light = فاتحة
theme-dark = داكنة
apply = تطبيق
change = تغيير
work-as = العمل بصفة
my-account = حسابي
sign-out = تسجيل الخروج
sign-in = تسجيل الدخول
sign-in-passkey = الدخول بمفتاح مرور
sign-in-help = يلزمك مفتاح المرور الذي سجّلته عن طريق رابط المسؤول الإداري. إن فقدته فاطلب من المسؤول الإداري رابطًا جديدًا.
passkey-needs-script = تحتاج مفاتيح المرور إلى JavaScript: يُرجى السماح به لهذا الموقع.
session-ended = انتهت الجلسة: سجّل الدخول من جديد. ما ظهر أنه حُفظ فهو محفوظ.
offline = لا اتصال بالعقدة. ما تكتبه الآن لم يُحفظ بعد.
saving = جارٍ الحفظ…
visit = زيارة
visit-as = التصفح باسم { $what }
visit-help = هذا الشخص وهذه الجهة خياليان. لك أن تقرأ وتكتب وتوقّع وترسل باسم هذا الشخص، ولا يخرج شيء من هذا الجهاز.
visit-enter = دخول
nav-work = العمل
nav-trust = الثقة والتوثيق
nav-inbox = الوارد
nav-requests = الطلبات
nav-drafts = المسودات والإصدار
nav-correspondence = المراسلات
nav-register = سجل الاجتماعات
nav-reviews = المراجعات اللاحقة
nav-protection = الحماية
nav-agreements = الاتفاقات
nav-evidence = الإثبات
nav-audit = دفتر التدقيق
nav-partners = الشركاء
nav-administration = الإدارة
nav-more = المزيد
today-is = { $day } · { $hour } ({ $zone })
new-record = سجل جديد
print = طباعة
summary = ملخص
views = طرق العرض
view-ours = بانتظارنا
view-mine = عندي
view-theirs = بانتظار غيرنا
view-overdue = متأخر
view-all = كل المفتوح
view-over = مع ما انتهى أيضًا
view-news = منذ زيارتك الأخيرة ({ $count })
view-news-many = منذ زيارتك الأخيرة (أكثر من { $count })
is-unread = غير مقروء:
news-read = عدّ الكل مقروءًا
own-views = عروضي
save-view = احفظ هذا العرض
view-name = اسم العرض
save-view-help = يحفظ ما يُعرض الآن من القائمة باسم من عندك. لا يراه أحد سواك.
remove-view = احذف العرض { $what }
stat-overdue = بعد انقضاء الأجل المتفق عليه
stat-day = يحلّ موعده خلال ٢٤ ساعة
stat-ours = بانتظارنا
stat-theirs = بانتظار غيرنا
filter = تصفية
filter-channel = القناة
filter-kind = النوع
any = الكل
show-new = وصل جديد: اعرضه
inbox-empty = لا شيء ينتظر هنا.
inbox-empty-help = يظهر هنا ما يرسله الشركاء وما له موعد، والأقرب أجلًا أولًا.
list-empty = لا شيء هنا بعد.
choose-all = اختيار الكل
choose-one = اختيار: { $what }
with-chosen = للمختار:
assign = إسناد
assign-to = إسناد إلى
bring-back = إعادة العرض
bring-back-on = يوم إعادة العرض
bring-back-at = إعادة العرض: { $what }
next-page = التالي
older = الأقدم
key-move = تنقّل
key-choose = اختيار
key-open = فتح
key-search = بحث
key-all = كل الاختصارات
key-sheet = اختصارات لوحة المفاتيح
keys-help = الحروف بحسب موضعها على لوحة المفاتيح اللاتينية، فهي في الموضع نفسه في كل لغة.
keys-on = استعمل الاختصارات في هذا المتصفح
close = إغلاق
browser-on = { $browser } على { $system }
browser-unknown = متصفح غير معروف
group-overdue = { $count_form ->
    [zero] متأخر ({ $count })
    [one] متأخر ({ $count })
    [two] متأخر ({ $count })
    [few] متأخر ({ $count })
    [many] متأخر ({ $count })
   *[other] متأخر ({ $count })
}
group-day = { $count_form ->
    [zero] خلال ٢٤ ساعة ({ $count })
    [one] خلال ٢٤ ساعة ({ $count })
    [two] خلال ٢٤ ساعة ({ $count })
    [few] خلال ٢٤ ساعة ({ $count })
    [many] خلال ٢٤ ساعة ({ $count })
   *[other] خلال ٢٤ ساعة ({ $count })
}
group-week = { $count_form ->
    [zero] هذا الأسبوع ({ $count })
    [one] هذا الأسبوع ({ $count })
    [two] هذا الأسبوع ({ $count })
    [few] هذا الأسبوع ({ $count })
    [many] هذا الأسبوع ({ $count })
   *[other] هذا الأسبوع ({ $count })
}
group-later = { $count_form ->
    [zero] لاحقًا ({ $count })
    [one] لاحقًا ({ $count })
    [two] لاحقًا ({ $count })
    [few] لاحقًا ({ $count })
    [many] لاحقًا ({ $count })
   *[other] لاحقًا ({ $count })
}
group-without = { $count_form ->
    [zero] بلا موعد ({ $count })
    [one] بلا موعد ({ $count })
    [two] بلا موعد ({ $count })
    [few] بلا موعد ({ $count })
    [many] بلا موعد ({ $count })
   *[other] بلا موعد ({ $count })
}
left-m = بقي { $m } د
left-hm = بقي { $h } س { $m } د
left-dh = بقي { $d } ي { $h } س
late-m = تأخر { $m } د
late-hm = تأخر { $h } س { $m } د
late-dh = تأخر { $d } ي { $h } س
nothing-due = لا شيء مستحق
no-title = (بلا عنوان)
urgent = عاجل
awaits-us = بانتظارنا
is-with = عند { $what }
with = عند
with-nobody = لا أحد بعد
head-party = الطرف
opened-at = فُتح في { $what }
what-next = ما يمكن فعله الآن
history = ما جرى
title-gone = زال المحتوى
received-at = { $what }: استلام السجل
received-disputed = { $what }: إفادة باستلام السجل، في وقت لا يستقيم
withheld-from-you = سجل ليس لك الاطلاع عليه ({ $what })
corrections = { $count_form ->
    [zero] لا تصحيح
    [one] تصحيح واحد: ما عُرض من قبل لم يكن نهائيًّا
    [two] تصحيحان: ما عُرض من قبل لم يكن نهائيًّا
    [few] { $count } تصحيحات: ما عُرض من قبل لم يكن نهائيًّا
    [many] { $count } تصحيحًا: ما عُرض من قبل لم يكن نهائيًّا
   *[other] { $count } تصحيح: ما عُرض من قبل لم يكن نهائيًّا
}
deadlines = المواعيد
ours = جهتنا
is-us = جهتنا
clause = البند
parts = الحالة لدى كل طرف
among-us = فيما بيننا
among-us-help = لا يراه إلا الزملاء، ولا يخرج من العقدة أبدًا.
remark = الملاحظة
remarks = الملاحظات
say = إضافة الملاحظة
missed-proof = إثبات فوات الأجل
to-thread = الموضوع
to-record = السجل
proof-file = ملف الإثبات
files = الملفات
terms = الشروط
kept-until = تاريخ نهاية الحفظ
approved-by = من وافق عليه
no-approvals = لا يطلب بنده أي موافقة.
values = قيم التحقق
place = الموضع في الدفتر
check-yourself = يمكن التحقق من الإثبات دون اتصال، بأي نسخة من أداة التحقق:
yes = نعم
no = لا
unit-bytes = { $count_form ->
    [zero] { $count } بايت
    [one] بايت واحد
    [two] بايتان
    [few] { $count } بايتات
    [many] { $count } بايتًا
   *[other] { $count } بايت
}
unit-kib = { $count_form ->
    [zero] { $count } KiB
    [one] { $count } KiB
    [two] { $count } KiB
    [few] { $count } KiB
    [many] { $count } KiB
   *[other] { $count } KiB
}
unit-mib = { $count_form ->
    [zero] { $count } MiB
    [one] { $count } MiB
    [two] { $count } MiB
    [few] { $count } MiB
    [many] { $count } MiB
   *[other] { $count } MiB
}
choose = اختر…
choose-what = اختر ما تكتبه وبموجب أي بند. لا يُعرض إلا ما يجيز لك اتفاق إرساله.
nothing-to-write = لا يجيز أي اتفاق لمكتبك إرسال شيء بعد.
nothing-to-write-help = عندما ينفذ اتفاق يذكر نوعًا من السجلات يطّلع عليه دورك، يظهر ذلك النوع هنا.
is-optional = اختياري
one-more = إضافة: { $what }
persons-and-handling = الأشخاص وشروط الاستخدام
persons-and-handling-help = من يتناولهم السجل، ومدى استعجاله، وما يجوز للمستلِم أن يفعله به.
add-file = إضافة ملف
files-need-script = تحتاج الملفات هنا إلى JavaScript، ويمكن إرسالها من سطر الأوامر أيضًا.
it-goes-to = المرسَل إليه
rules-here = القواعد السارية هنا
rule-approvals = الموافقات: { $what }
rule-retention = { $count_form ->
    [zero] لا يُحفظ
    [one] يُحفظ يومًا واحدًا على الأكثر
    [two] يُحفظ يومين على الأكثر
    [few] يُحفظ { $count } أيام على الأكثر
    [many] يُحفظ { $count } يومًا على الأكثر
   *[other] يُحفظ { $count } يوم على الأكثر
}
rule-no-persons = لا يذكر أشخاصًا.
rule-persons = الأشخاص الذين يجوز أن يتناولهم: { $what }
check-answers = مراجعة ما كُتب
save = حفظ
saved-at = آخر حفظ: { $what }
not-saved = لم يُحفظ بعد
there-is-a-problem = توجد مشكلة
in-field-of-form = في الحقل
drafts-help = لا يُصدر أحد ما كتبه: يرى شخص آخر ما سيُرسَل، وإلى من، وبموجب أي بند.
drafts-waiting = بانتظارك
drafts-waiting-empty = لا شيء ينتظر قرارك.
drafts-open = قيد الإجراء
drafts-open-empty = لا مسودة هنا.
drafts-done = المنجزة
not-complete = (غير مكتملة)
draft-conflict = تغيّرت المسودة في أثناء كتابتك
draft-conflict-help = حفظ غيرك المسودة، أو حفظتها أنت في نافذة أخرى، منذ فتحتها هنا. لم يُفقد شيء: ما كتبته معروض أدناه إلى جانب المحفوظ. اختر لكل حقل ما يبقى.
draft-conflict-handed = لم تعد المسودة تُكتب: فقد سُلّمت أو أُرسلت. احفظ ما كتبته مسودةً مستقلة إن شئت.
draft-conflict-same = لا فرق بين ما كتبته وما هو محفوظ.
which-stands = أيهما يبقى
keep-mine = أبقِ ما كتبته
take-other = خذ المحفوظ
says-nothing = (لا شيء)
save-chosen = احفظ ما اخترته
take-other-whole = اترك ما كتبته وافتح المحفوظ
mine-as-another = احفظ ما كتبته مسودةً مستقلة
written-by = الكاتب: { $what }
what-is-sent = ما سيُرسَل
approvals = الموافقات
not-yet-given = لم تصدر بعد
your-decision = قرارك
sends-at-once = لا يطلب البند شخصًا ثانيًا: يُرسَل فورًا.
send-now = إرسال
hand-to = إحالة إلى
hand-to-anybody = أي مخوَّل بالإصدار
hand-over = إحالة للإصدار
approve-as = الموافقة بصفة { $what }
release = إصدار وإرسال
release-help = تُصدر ما تراه هنا، ولا رجوع عنه.
return = إعادة مع الملاحظة
refuse = رفض
discard = إتلاف المسودة
discard-sure = هل تريد إتلاف هذه المسودة؟ سيُتلف كل ما فيها.
nothing-to-decide = ليس لك ما تقرره هنا.
you-sign-as = توقّع بصفة: { $what }. يبقى مفتاحك عندك، ولا تتسلّم العقدة إلا التوقيع.
signature-by-hand = التوقيع على هذه البايتات بترميز base64
digest-help = ما يُوقَّع عليه هو هذه البصمة لكل ما تراه هنا.
sent-recorded = تم الإرسال.
sent-waits = ينتظر حتى يُسمح بخروجه.
agreements-help = لا يعبر شيء لا يجيزه بند من اتفاق.
no-agreements = لا يوجد اتفاق بعد.
no-agreements-help = تصوغ الأمانة الاتفاق، ويوقّعه رؤساء وفود الأطراف جميعًا، ثم يحكم قناة.
version-in-force = نافذ
version-earlier = غير نافذ
version-unsigned = لم يوقّعه الجميع
version = النسخة { $what }
days-left = { $count_form ->
    [zero] بقي أقل من يوم
    [one] بقي يوم واحد
    [two] بقي يومان
    [few] بقيت { $count } أيام
    [many] بقي { $count } يومًا
   *[other] بقي { $count } يوم
}
days = { $count_form ->
    [zero] { $count } يوم
    [one] يوم واحد
    [two] يومان
    [few] { $count } أيام
    [many] { $count } يومًا
   *[other] { $count } يوم
}
hours = { $count_form ->
    [zero] { $count } ساعة
    [one] ساعة واحدة
    [two] ساعتان
    [few] { $count } ساعات
    [many] { $count } ساعة
   *[other] { $count } ساعة
}
minutes = { $count_form ->
    [zero] { $count } دقيقة
    [one] دقيقة واحدة
    [two] دقيقتان
    [few] { $count } دقائق
    [many] { $count } دقيقة
   *[other] { $count } دقيقة
}
at-once = فورًا
sign-agreement = التوقيع عن الجهة
parties = الأطراف
has-signed = وقّع
has-not-signed = لم يوقّع
suspended-since = معلِّق منذ { $what }
ended-on = انتهى في { $what }
agreement-hash = الاتفاق
channel = القناة
register-about = البيانات المنشورة عن الاجتماعات، مع حالة كل موضوع.
other-readout = بيان آخر عن الاجتماع
two-readouts = بيانان عن اجتماع واحد
two-readouts-help = ما نشره كل طرف عن الاجتماع نفسه: الدول نفسها في اليوم نفسه. ما يختلف معلَّم.
topics = المواضيع
differs = مختلف:
not-told = لا يُذكر هنا
more-readouts = بيانات أخرى عن الاجتماع
no-other-readout = لا يوجد هنا بيان آخر عن هذا الاجتماع يمكنك الاطلاع عليه.
look-further = ابحث في الأقدم
correspondence-about = كتب وملفات بين المكاتب.
nothing-found = لم يُعثر على شيء بعبارة «{ $what }».
nothing-found-help = يجب أن ترد كل الكلمات في سجل واحد. جرّب كلمات أقل، أو رقمًا مرجعيًّا مثل req-0123abcd.
too-many-hits = النتائج أكثر مما يُعرض: أضف كلمة.
audit-size = عدد القيود: { $what }
countersigned-by = التوقيع المقابل من مدقق: { $when }
not-countersigned = لا توقيع مقابلًا من مدقق بعد
person = الشخص
act = الإجراء
when = متى
who = مَن
on-what = على ماذا
why = لماذا
answer = الجواب
partners-help = هل الاتصال بكل شريك قائم، ومتى كان آخر اتصال به، وماذا ينتظر.
no-partners = لا شريك بعد.
no-partners-help = تلتقي جهتان بالأمر `mithaq pair`، وتقارنان البصمتين صوتًا.
partner-reached = متصل
partner-not-reached = تعذّر الاتصال
partner-not-trusted = غير مؤكَّد
partner-not-yet = لم يرد منه شيء بعد
never-heard = لم يحدث
last-heard = آخر اتصال: { $what }
records-wait = { $count_form ->
    [zero] لا سجل ينتظر
    [one] سجل واحد ينتظر
    [two] سجلان ينتظران
    [few] { $count } سجلات تنتظر
    [many] { $count } سجلًّا ينتظر
   *[other] { $count } سجل ينتظر
}
our-fingerprint = بصمتنا
our-fingerprint-help = اقرأها لشريكك صوتًا، ويكتب شريكك ما يسمعه.
sessions-open = عدد المسجَّل دخولهم: { $what }
seconds = في انتظار مسؤول إداري ثانٍ
seconds-none = لا شيء في الانتظار.
asked-by = طلبه { $what }
waits-until = ينتظر حتى { $what }
asked-token = إنشاء رمز
asked-officer = اعتماد مفتاح في قناة
asked-auditor = تسجيل مدقق
asked-link = إنشاء رابط يسجل به شخص مفتاح مرور
asked-person = إضافة شخص
asked-person-changed = تغيير بيانات شخص
second-is-mine = أنت طلبته: يؤكده مسؤول إداري آخر.
second-confirm = تأكيد
second-end = إنهاء الطلب
ask-second = تقديم الطلب
person-new = شخص جديد
person-about = صفة الشخص
person-about-help = أنت تطلب ومسؤول إداري آخر يؤكد. وتُلغى عندئذ الرموز التي لم يعد للشخص حق فيها.
person-name = الاسم
person-name-help = للزملاء. الشركاء وسجل التدقيق لا يعرفون الشخص إلا برقم.
offices-help = مكتب في كل سطر، كما تسميه الاتفاقيات والزملاء.
languages-read = اللغات التي يقرؤها الشخص
signs-in = يدخل بـ
passkeys-count = { $count_form ->
    [zero] لا مفتاح مرور
    [one] مفتاح مرور واحد
    [two] مفتاحا مرور
    [few] { $count } مفاتيح مرور
    [many] { $count } مفتاح مرور
   *[other] { $count } مفتاح مرور
}
passkeys-none = لا شيء بعد: يُدخَل الشخص برابط.
has-left = غادر
revoke = إلغاء
officer-revoke-sure = هل تلغي هذا المفتاح؟ ما يوافق عليه من الآن لا يُحتسب عند أي طرف، ولا يمكن اعتماده ثانية.
token-revoke-sure = هل تلغي هذا الرمز؟
token-new = رمز جديد
token-for-program = رمز جديد لبرنامج
token-for-what = الغرض منه
token-days = عدد أيام سريانه
token-help = يأتي نصه في نصفين: لك الأول، ولمن يؤكد الثاني.
public-key = المفتاح العام
auditors = المدققون
auditors-none = لا مدقق مسجلًا: لا يُتبادل شيء بلا مدقق.
auditor-new = تسجيل مدقق
auditor-file = الملف العام للمدقق
auditor-file-help = ما كتبه `mithaq auditor new` بجانب المفتاح. أما المفتاح نفسه فلا يأتي إلى هنا.
signing-keys-none = لا شيء: يسجله الشخص في صفحة حسابه.
is-passkey = مفتاح مرور
ask-enrol = طلب اعتماده
link-help = برابط يسجل الشخص مفتاح مرور، مرة واحدة. لك نصفه الأول، ولمن يؤكد الثاني.
ask-link = طلب رابط
passkeys-take = سحب مفاتيح المرور
passkeys-take-sure = هل تسحب كل مفاتيح مرور هذا الشخص وتنهي جلساته؟
person-leaves = يغادر الجهة
person-leaves-help = تنتهي الرموز ومفاتيح المرور والجلسات فورًا. أما المفاتيح المعتمدة فتُلغى في كل قناة، ضمن الضباط.
person-leaves-sure = هل تنهي انتماء هذا الشخص إلى الجهة؟
half-first = النصف الأول
half-second = النصف الثاني
half-for = سلّم هذا بنفسك إلى { $what } وحده دون غيره:
half-of-link = بالنصفين يفتح الشخص الصفحة /enrol ويكتب الأول ثم الثاني. والنصف وحده لا يُدخل أحدًا.
half-of-token = الرمز هو النصف الأول يليه الثاني. والنصف وحده لا يُدخل أحدًا.
half-once = يظهر هنا مرة واحدة، ولا يمكن معرفته بعدها.
halves = أُعطيت نصفين
people = الأشخاص
roles = الأدوار
role = الدور
offices = المكاتب
office = المكتب
purposes = الأغراض
purposes-help = ما قدّمه الآخرون لا يُقرأ إلا لغرض. وهذه أغراضك.
keys = المفاتيح
away = الغياب
officers = مفاتيح الموظفين
is-nobody = لا أحد
a-program = برنامج
is-revoked = ملغى
tokens = رموز الدخول
token = رمز الدخول
counts-until = سارٍ حتى
where-signed-in = جلساتك المفتوحة
this-browser = هذا المتصفح
since = منذ { $what }
last-used = آخر استخدام: { $what }
end-session = إنهاء هذه الجلسة
end-others = إنهاء كل الجلسات الأخرى
absence = الغياب
absence-help = أثناء غيابك يطّلع زميل على ما هو لك ويبتّ فيه.
away-until = الغياب حتى { $what }
deputy-is = النائب: { $what }
away-last-day = آخر يوم
deputy = النائب
i-am-away = بدء الغياب
i-am-back = إنهاء الغياب
go-back = رجوع
to-start = إلى الصفحة الأولى
no-such-page = لا توجد صفحة كهذه: استعمل قائمة التنقل أو البحث
no-such-link = هذا الرابط غير معروف، أو أُعيد تشغيل عقدته: اطلب رابطًا آخر
page-acts-only = لا يُفعل هذا إلا من صفحة من صفحات هذا الموقع
page-not-made = تعذّر إنشاء الصفحة: هذا عيب في البرنامج
not-your-seat = ليس لك هذا الدور وهذا المكتب: اختر مما هو معروض
visitors-made-up-only = لا زوار إلا لجهة خيالية: يجب أن يكون رمز بلدها مما ليس لأي دولة (من XAA إلى XZZ)
signature-form = التوقيع غير مطابق: وقّع من جديد في هذه الصفحة
enrol = تسجيل مفتاح مرور
enrol-help = مفتاح المرور مفتاح في جهازك أو هاتفك أو في مفتاح أمان. يبقى هناك، ولا تحصل العقدة إلا على نصفه العلني. هذا الرابط يصلح مرة واحدة.
enrol-make = إنشاء مفتاح مرور
passkey-name = اسم تعرفه به (حاسوب المكتب، حلقة المفاتيح …)
passkeys = مفاتيح المرور لتسجيل الدخول
passkey-add = إضافة مفتاح آخر
passkey-remove-sure = أتريد إزالة مفتاح المرور هذا؟ لن يمكنك تسجيل الدخول به بعد ذلك.
remove = إزالة
is-synced = متزامن
visitor-no-passkey = زوار الجهة المختلقة لا يحتاجون إلى مفتاح مرور.
confirm = أكّد أنك أنت
confirm-help = قبل ما لا رجعة فيه، أظهر مفتاح مرورك مرة أخرى.
confirm-passkey = إظهار مفتاح المرور
confirm-first = أظهر مفتاح مرورك مرة أخرى قبل هذا: افتح ‎/confirm ثم أعد المحاولة
passkey-refused = مفتاح المرور هذا غير معروف هنا، أو أن ما وقّعه لا يطابق: أعد المحاولة، أو اطلب من مدير النظام رابطًا جديدًا
passkey-does-not-fit = ما يقوله المتصفح عن مفتاح المرور الجديد لا يطابق: { $error }
passkey-known = مفتاح المرور هذا مسجَّل من قبل
passkeys-full = لكل شخص { $most } من مفاتيح المرور على الأكثر: أزل واحدًا أولًا
no-such-passkey = ليس لديك مفتاح مرور كهذا
challenge-over = طال الأمر أكثر مما يجب: أعد تحميل الصفحة
passkeys-by-name = مفاتيح المرور للأسماء لا للعناوين الرقمية: افتح الصفحة على http://localhost أو على أصل يذكره node.toml
sign-in-link = يفتح الشخص هذا في صفحات العقدة، مرة واحدة، خلال ثلاثة أيام: { $path }
first-link = لا أحد يستطيع تسجيل الدخول بعد. يسجّل { $name } مفتاح مرور هنا، مرة واحدة، خلال ثلاثة أيام: { $address }
is-provisional = قد يتغير
evidence-help = من لديه ملف إثبات يستطيع أن يتحقق منه دون اتصال بأي نسخة من أداة التحقق. هنا تتحقق منه هذه العقدة، ولا تسأل أحدًا، ولا تحتفظ بشيء.
evidence-file = ملف الإثبات
evidence-check = تحقَّق منه
verdict = النتيجة
verdict-proven = تم التحقق
verdict-proven-help = كل شيء ثابت، وكل طرف فيه قورنت بصمته هنا.
verdict-consistent = متماسك في ذاته
verdict-consistent-help = فيه طرف لم تُقارَن بصمته هنا: من صنع الملف ربما صنع ذلك الطرف أيضًا.
verdict-refused = لا يثبت شيئًا
no-file-given = اختر ملفًا للتحقق منه
reviews-help = ما أفرج عنه موظف وحده لأنه لا يحتمل الانتظار يراجعه موظف آخر خلال يوم.
reviews-empty = لم يُفرَج عن شيء منفردًا.
review-finding = نتيجة المراجعة
review-confirm = كان صوابًا
review-object = لم يكن صوابًا: { $what }
review-keep = تسجيل النتيجة
review-confirmed = مؤكَّد
review-objected = معترَض عليه
ground-no_threat_to_life = لم يكن ثمة خطر وشيك على الحياة
ground-more_than_needed = كان أقل من ذلك كافيًا
ground-wrong_recipient = أُرسل إلى طرف لا يستطيع درء الخطر
ground-rights_ground = كان حق لشخص يحول دون ذلك
protection-help = لا يرى أحد غيرك هذه الصفحة، ولا أن شيئًا ينتظر هنا.
held = ينتظر قرارك
held-empty = لا شيء ينتظر.
held-arrived = ورد من شريك
held-sent = أُرسل وحُجب عن المكاتب
held-waiting = ينتظر لحظته
held-stopped = أوقفته قاعدة
held-near = اسم يشبه اسمًا في السجل
held-pass = تمريره
held-block = إنهاؤه دون تمريره
held-block-sure = أتريد إنهاءه دون تمريره؟ يتلقى الشريك الجواب المحايد.
register-entries = السجل
register-empty = السجل خالٍ.
entry = قيد
entry-new = قيد جديد
entry-new-help = تُقارَن الأسماء وأرقام الوثائق ثم تُنسى: لا يحفظ السجل إلا بصمات مشفّرة بمفتاح.
entry-names = الأسماء
entry-names-help = تهجئة في كل سطر، بأي خط.
entry-born = تاريخ الميلاد
entry-document = رقم الوثيقة
entry-until = يسري حتى
entry-added = أُضيف في
entry-add = إضافة إلى السجل
entry-remove-sure = أتريد إزالة هذا القيد؟ ما كان محتجزًا بسببه يُبَتّ فيه من الآن دونه.
feared-states = الدول المخشية
feared-states-help = رموز من ثلاثة أحرف، مثل XAA, XAB.
identities = الهويات
erasure = المحو
erase = إتلاف المحتوى
erase-help = يُتلَف المحتوى هنا. ويبقى أن السجل كان هنا، وإثباته دون محتوى.
erase-own-help = يُتلَف المحتوى هنا، ويُؤمر الشركاء بإتلاف ما لديهم.
erase-sure = أتريد إتلاف محتوى هذا السجل؟ لا يستطيع أحد إعادته.
signing-passkeys = مفاتيح المرور للموافقة
signing-passkeys-help = بها توقّع ما تكتبه أو تفرج عنه. ولا تُستخدم لتسجيل الدخول. ويقيّد مدير النظام كلًّا منها في قناة.
signing-passkey-add = إنشاء مفتاح مرور للموافقة
is-enrolled = مقيَّد
not-enrolled = لم يُقيَّد بعد
sign-in-service = الدخول عبر خدمة الدخول الخاصة بالجهة
sign-in-over = بدأ هذا الدخول منذ وقت طويل، أو في متصفح آخر، أو لم يبدأ قط: ابدأه من جديد
sign-in-settings = ‏`sign_in` في node.toml: { $problem }
sign-in-service-silent = خدمة الدخول الخاصة بالجهة لا تجيب: ادخل بمفتاح مرور، أو أبلغ المسؤول
sign-in-service-refused = خدمة الدخول الخاصة بالجهة لا تسمح لك بالدخول: اسأل القائمين عليها
sign-in-service-unfit = ما تقوله خدمة الدخول الخاصة بالجهة لا يوافق ما طُلب: حاول مجددًا، وأبلغ المسؤول إن بقي الأمر كذلك
no-sign-in-service = ليس لهذه الجهة هنا خدمة دخول خاصة بها
account-unknown = لا أحد هنا مرتبط بهذا الحساب: افتح أولًا الرابط الذي من المسؤول
account-taken = هذا الحساب مرتبط بشخص من قبل، أو لك حساب آخر: أزل ذاك أولًا
account-bound = حساب في خدمة الدخول الخاصة بالجهة
account-add = السماح بالدخول عبرها أيضًا
account-remove-sure = أتزيل هذا الحساب؟ لن تدخل بعدها إلا بمفتاح مرور.
own-service = خدمة الدخول الخاصة بالجهة
own-service-help = تُدخلك إلى العمل. وحيث يُطلب مفتاح مرور فلا تحل محله.
enrol-service = عبر خدمة الجهة بدلًا من ذلك
let-in-as = ستدخل من الآن فصاعدًا باسم { $what }.
go-to-service = إلى خدمة الدخول
go-on = متابعة
passkey-synced = لا تقبل هذه الجهة مفاتيح مرور يمكن نسخها إلى أجهزة أخرى: استعمل مفتاح أمان، أو مفتاحًا يبقى في جهازه
retention = ما يُمحى ومتى
retention-help = حين ينقضي شهر يُتلف هنا مفتاح محتواه، في كل نسخة. ويبقى موضعه في الدفتر ويبقى الإثبات.
retention-content = محتوى القنوات
retention-none = لا محتوى يُمحى من تلقاء نفسه.
gone-from = يُمحى ابتداءً من
gone-held-up = باقٍ: لا وقت لغيرنا يؤكد هذه الساعة
retention-besides = ما يُمحى سوى ذلك
retention-audit = قيد سجل التدقيق بعد ثلاث سنوات، ما لم يحفظه إجراء.
retention-people = من غادر: الاسم بعد ثلاث سنوات؛ ومفاتيح المرور والرموز والعلامات فورًا.
retention-drafts = المسودة مع المحتوى الذي كانت سترسله، وما ينتظر مسؤول الحماية مع شهره.
retention-early = قبل الأوان، في صفحة السجل، ممن يجوز له المحو: تُبلَّغ الأطراف الأخرى، وتبقى إجاباتها في دفاترها.
early = مُحي قبل أوانه
early-none = لم يُمحَ شيء قبل أوانه.
early-record = السجل
early-ordered = وقت الأمر
early-alone = لم يؤمر به غيره
early-erased = من أفاد بالمحو
early-silent = لم يُفِد بعد
printed-at = طُبع { $what }
page-of-pages = صفحة { $page } من { $pages }
digest-signed = البصمة الموقَّعة (SHA-256)
digest-of-words = بصمة هذا النص (SHA-256)
digest-of-file = بصمة ملف الإثبات (SHA-256)
evidence-pdf = ملف PDF
no-pdf-program = البرنامج الذي يصنع ملفات PDF، ‏mithaq-pdf، غير مثبت بجانب هذه العقدة: اطبع الصفحة بدلًا من ذلك
pdf-takes-long = يستغرق ملف PDF وقتًا طويلًا: حاول مجددًا، أو اطبع الصفحة بدلًا من ذلك
pdf-not-made = تعذّر صنع ملف PDF: اطبع الصفحة بدلًا من ذلك، وأبلغ المسؤول
file-size = الحجم
record-author = الجهة الكاتبة
thread-opened = فُتح
