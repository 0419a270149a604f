# کنسول: ڈیسکوں کے الفاظ کے علاوہ صفحے جو کہتے ہیں۔
mithaq = میثاق
made-up = فرضی ادارہ: یہاں کوئی شخص اور کوئی چیز حقیقی نہیں۔
skip-to-content = مواد پر جائیں
navigation = رہنمائی
breadcrumb = آپ کہاں ہیں
details = تفصیلات
search = تلاش
search-hint = حوالہ نمبر، عنوان یا ادارے سے تلاش کریں
connected = منسلک
language-and-calendar = زبان، تقویم اور رنگ
language = زبان
calendar = تقویم
calendar-gregorian = عیسوی
calendar-umm-al-qura = ہجری (ام القریٰ)
calendar-solar-hijri = ہجری شمسی
theme = رنگ
theme-device = آلے کے مطابق
theme-light = روشن
theme-dark = گہرے
apply = لاگو کریں
change = تبدیل کریں
work-as = کام کی حیثیت
my-account = میرا اکاؤنٹ
sign-out = سائن آؤٹ کریں
sign-in = سائن ان
sign-in-passkey = پاس کی سے سائن ان کریں
sign-in-help = آپ کو وہ پاس کی درکار ہے جو آپ نے منتظم کے دیے ہوئے لنک سے درج کی تھی۔ اگر وہ گم ہو گئی ہو تو منتظم سے نیا لنک مانگیں۔
passkey-needs-script = پاس کی کو JavaScript درکار ہے: براہِ کرم اس سائٹ کے لیے اس کی اجازت دیں۔
session-ended = سیشن ختم ہو گیا: دوبارہ سائن ان کریں۔ جو محفوظ دکھایا گیا وہ محفوظ ہے۔
offline = نوڈ سے رابطہ نہیں۔ آپ ابھی جو لکھ رہے ہیں وہ محفوظ نہیں ہوا۔
saving = محفوظ ہو رہا ہے…
visit = مشاہدہ
visit-as = { $what } کے طور پر دیکھیں
visit-help = یہ شخص اور یہ ادارہ فرضی ہیں۔ آپ اس شخص کے طور پر پڑھ، لکھ، دستخط کر اور بھیج سکتے ہیں؛ اس مشین سے کچھ باہر نہیں جاتا۔
visit-enter = داخل ہوں
nav-work = کام
nav-trust = اعتماد اور ریکارڈ
nav-inbox = ان باکس
nav-requests = درخواستیں
nav-drafts = مسودے اور اجرا
nav-correspondence = خط و کتابت
nav-register = اجلاسوں کا رجسٹر
nav-reviews = نظرثانی
nav-protection = تحفظ
nav-agreements = معاہدے
nav-evidence = ثبوت
nav-audit = آڈٹ دفتر
nav-partners = شریک
nav-administration = انتظام
nav-more = مزید
today-is = { $day } · { $hour } ({ $zone })
new-record = نیا ریکارڈ
print = پرنٹ کریں
summary = خلاصہ
views = مناظر
view-ours = ہمارے منتظر
view-mine = میرے پاس
view-theirs = دوسروں کے منتظر
view-overdue = تاخیر شدہ
view-all = تمام کھلے
view-over = ختم شدہ سمیت
view-news = آپ کی پچھلی آمد کے بعد ({ $count })
is-unread = اَن پڑھا:
news-read = سب کو پڑھا ہوا شمار کریں
own-views = میرے منظر
save-view = یہ منظر محفوظ کریں
view-name = منظر کا نام
save-view-help = فہرست جو ابھی دکھا رہی ہے اسے آپ کے دیے ہوئے نام سے محفوظ کرتا ہے۔ آپ کے سوا کوئی اسے نہیں دیکھتا۔
remove-view = منظر { $what } ہٹائیں
stat-overdue = طے شدہ مہلت سے آگے
stat-day = مہلت 24 گھنٹوں کے اندر
stat-ours = ہمارے منتظر
stat-theirs = دوسروں کے منتظر
filter = فلٹر
filter-channel = چینل
filter-kind = قسم
any = سب
show-new = کچھ نیا آیا ہے: دکھائیں
inbox-empty = یہاں کچھ منتظر نہیں۔
inbox-empty-help = شریک جو کچھ بھیجتے ہیں اور جس کی مہلت ہے وہ یہاں آتا ہے، قریب ترین مہلت پہلے۔
list-empty = یہاں ابھی کچھ نہیں۔
choose-all = سب منتخب کریں
choose-one = منتخب کریں: { $what }
with-chosen = منتخب شدہ کے لیے:
assign = سپرد کریں
assign-to = کس کے سپرد
bring-back = دوبارہ پیشی
bring-back-on = دوبارہ پیشی کی تاریخ
bring-back-at = دوبارہ پیشی: { $what }
next-page = اگلا
older = اس سے پرانے
key-move = حرکت
key-choose = منتخب کریں
key-open = کھولیں
key-search = تلاش
key-all = تمام شارٹ کٹ
key-sheet = کی بورڈ شارٹ کٹ
keys-help = حروف لاطینی کی بورڈ پر اپنی جگہ سے مراد ہیں، اس لیے ہر زبان میں اسی جگہ ہیں۔
keys-on = اس براؤزر میں شارٹ کٹ استعمال کریں
close = بند کریں
browser-on = { $system } پر { $browser }
browser-unknown = نامعلوم براؤزر
group-overdue = { $count ->
    [one] تاخیر شدہ ({ $count })
   *[other] تاخیر شدہ ({ $count })
}
group-day = { $count ->
    [one] 24 گھنٹوں کے اندر ({ $count })
   *[other] 24 گھنٹوں کے اندر ({ $count })
}
group-week = { $count ->
    [one] اس ہفتے ({ $count })
   *[other] اس ہفتے ({ $count })
}
group-later = { $count ->
    [one] بعد میں ({ $count })
   *[other] بعد میں ({ $count })
}
group-without = { $count ->
    [one] بلا مہلت ({ $count })
   *[other] بلا مہلت ({ $count })
}
left-m = { $m } منٹ باقی
left-hm = { $h } گھنٹے { $m } منٹ باقی
left-dh = { $d } دن { $h } گھنٹے باقی
late-m = { $m } منٹ تاخیر
late-hm = { $h } گھنٹے { $m } منٹ تاخیر
late-dh = { $d } دن { $h } گھنٹے تاخیر
nothing-due = کچھ واجب نہیں
no-title = (بلا عنوان)
urgent = فوری
awaits-us = ہمارا منتظر
is-with = { $what } کے پاس
with = کس کے پاس
with-nobody = ابھی کسی کے پاس نہیں
head-party = فریق
opened-at = کھلنے کا وقت: { $what }
what-next = اب کیا کیا جا سکتا ہے
history = جو کچھ ہوا
title-gone = متن باقی نہیں
received-at = { $what } نے وصول کیا
received-disputed = { $what } کے مطابق وصول ہوا، مگر بتایا گیا وقت میل نہیں کھاتا
withheld-from-you = ایسا ریکارڈ جو آپ کے لیے نہیں ({ $what })
corrections = { $count ->
    [one] { $count } تصحیح: پہلے جو دکھایا گیا وہ حتمی نہیں تھا
   *[other] { $count } تصحیحات: پہلے جو دکھایا گیا وہ حتمی نہیں تھا
}
deadlines = مہلتیں
ours = ہم
is-us = ہم
clause = شق
parts = ہر فریق کی صورتحال
among-us = آپس کی بات
among-us-help = یہ صرف ساتھی دیکھتے ہیں۔ یہ نوڈ سے کبھی باہر نہیں جاتی۔
remark = تبصرہ
remarks = تبصرے
say = تبصرہ شامل کریں
missed-proof = مہلت گزرنے کا ثبوت
to-thread = سلسلہ
to-record = ریکارڈ
proof-file = ثبوت کی فائل
files = فائلیں
terms = شرائط
kept-until = ذخیرہ کی آخری تاریخ
approved-by = منظوری دینے والے
no-approvals = اس کی شق کوئی منظوری نہیں مانگتی۔
values = تصدیقی قدریں
place = دفتر میں مقام
check-yourself = ثبوت کی تصدیق آف لائن، تصدیق کے پروگرام کی کسی بھی نقل سے ہو سکتی ہے:
yes = ہاں
no = نہیں
unit-bytes = { $count ->
    [one] { $count } بائٹ
   *[other] { $count } بائٹ
}
unit-kib = { $count ->
    [one] { $count } KiB
   *[other] { $count } KiB
}
unit-mib = { $count ->
    [one] { $count } MiB
   *[other] { $count } MiB
}
choose = منتخب کریں…
choose-what = منتخب کریں کہ کیا لکھنا ہے اور کس شق کے تحت۔ فہرست میں صرف وہی ہے جسے بھیجنے کی اجازت کوئی معاہدہ آپ کو دیتا ہے۔
nothing-to-write = ابھی کوئی معاہدہ آپ کے دفترِ کار کو کچھ بھیجنے کی اجازت نہیں دیتا۔
nothing-to-write-help = جب کوئی ایسا معاہدہ نافذ ہوگا جس میں ریکارڈ کی وہ قسم درج ہو جو آپ کا کردار دیکھتا ہے، تو وہ یہاں آ جائے گی۔
is-optional = اختیاری
one-more = ایک اور: { $what }
persons-and-handling = افراد اور استعمال کی شرائط
persons-and-handling-help = کس کے بارے میں ہے، کتنا فوری ہے، اور وصول کنندہ اس کے ساتھ کیا کر سکتا ہے۔
add-file = فائل شامل کریں
files-need-script = یہاں فائلوں کے لیے JavaScript درکار ہے؛ کمانڈ لائن سے بھی بھیجی جا سکتی ہیں۔
it-goes-to = بنام
rules-here = یہاں لاگو ضابطے
rule-approvals = منظوریاں: { $what }
rule-retention = { $count ->
    [one] زیادہ سے زیادہ { $count } دن رکھا جاتا ہے
   *[other] زیادہ سے زیادہ { $count } دن رکھا جاتا ہے
}
rule-no-persons = اس میں کسی فرد کا ذکر نہیں ہوتا۔
rule-persons = جن افراد کے بارے میں ہو سکتا ہے: { $what }
check-answers = اپنا لکھا جانچیں
save = محفوظ کریں
saved-at = محفوظ ہوا: { $what }
not-saved = ابھی محفوظ نہیں ہوا
there-is-a-problem = ایک مسئلہ ہے
in-field-of-form = خانہ:
drafts-help = کوئی اپنا لکھا خود جاری نہیں کرتا: دوسرا شخص دیکھتا ہے کہ کیا، کسے اور کس شق کے تحت بھیجا جائے گا۔
drafts-waiting = آپ کے منتظر
drafts-waiting-empty = کچھ آپ کے فیصلے کا منتظر نہیں۔
drafts-open = زیرِ عمل
drafts-open-empty = یہاں کوئی مسودہ نہیں۔
drafts-done = مکمل شدہ
not-complete = (نامکمل)
draft-conflict = آپ کے لکھتے ہوئے مسودہ بدل گیا
draft-conflict-help = جب سے آپ نے مسودہ یہاں کھولا، کسی اور نے، یا آپ نے دوسری کھڑکی میں، اسے محفوظ کیا۔ کچھ ضائع نہیں ہوا: آپ کا لکھا نیچے محفوظ شدہ کے ساتھ ہے۔ ہر خانے کے لیے چنیں کہ کون سا رہے۔
draft-conflict-handed = مسودہ اب لکھا نہیں جا رہا: وہ حوالے یا ارسال ہو چکا ہے۔ آپ اپنا لکھا الگ مسودے کے طور پر رکھ سکتے ہیں۔
draft-conflict-same = آپ کا لکھا وہی ہے جو محفوظ ہے۔
which-stands = کون سا رہے
keep-mine = میرا رکھیں
take-other = دوسرا لیں
says-nothing = (کچھ نہیں)
save-chosen = چنا ہوا محفوظ کریں
take-other-whole = میرا چھوڑ کر محفوظ شدہ کھولیں
mine-as-another = میرا الگ مسودہ بنا کر رکھیں
written-by = مصنف: { $what }
what-is-sent = جو بھیجا جائے گا
approvals = منظوریاں
not-yet-given = ابھی نہیں دی گئی
your-decision = آپ کا فیصلہ
sends-at-once = شق کسی دوسرے شخص کو لازم نہیں کرتی: فوراً بھیج دیا جاتا ہے۔
send-now = بھیجیں
hand-to = کس کے حوالے
hand-to-anybody = جو بھی جاری کرنے کا مجاز ہو
hand-over = اجرا کے لیے حوالے کریں
approve-as = { $what } کی حیثیت سے منظور کریں
release = جاری کریں اور بھیجیں
release-help = آپ وہی جاری کرتے ہیں جو یہاں دیکھ رہے ہیں۔ یہ واپس نہیں لیا جا سکتا۔
return = تبصرے کے ساتھ واپس کریں
refuse = رد کریں
discard = مسودہ تلف کریں
discard-sure = کیا یہ مسودہ تلف کرنا ہے؟ اس میں جو کچھ ہے ضائع ہو جائے گا۔
nothing-to-decide = یہاں آپ کے فیصلے کا کچھ نہیں۔
you-sign-as = آپ کے دستخط کی حیثیت: { $what }۔ آپ کی کلید آپ ہی کے پاس رہتی ہے؛ نوڈ کو صرف دستخط ملتے ہیں۔
signature-by-hand = ان بائٹس پر دستخط، base64 میں
digest-help = جس پر دستخط ہوتے ہیں وہ یہاں نظر آنے والی ہر چیز کا یہ ہیش ہے۔
sent-recorded = بھیج دیا گیا۔
sent-waits = باہر جانے کی اجازت ملنے تک منتظر ہے۔
agreements-help = جس کی اجازت معاہدے کی کوئی شق نہ دے وہ پار نہیں جاتا۔
no-agreements = ابھی کوئی معاہدہ نہیں۔
no-agreements-help = معاہدے کا مسودہ سیکرٹریٹ بناتا ہے، تمام فریقوں کے سربراہانِ وفد اس پر دستخط کرتے ہیں، پھر وہ ایک چینل پر لاگو ہوتا ہے۔
version-in-force = نافذ
version-earlier = نافذ نہیں
version-unsigned = سب نے دستخط نہیں کیے
version = نسخہ { $what }
days-left = { $count ->
    [one] { $count } دن باقی
   *[other] { $count } دن باقی
}
days = { $count ->
    [one] { $count } دن
   *[other] { $count } دن
}
hours = { $count ->
    [one] { $count } گھنٹہ
   *[other] { $count } گھنٹے
}
minutes = { $count ->
    [one] { $count } منٹ
   *[other] { $count } منٹ
}
at-once = فوراً
sign-agreement = ادارے کی طرف سے دستخط کریں
parties = فریق
has-signed = دستخط کر دیے
has-not-signed = دستخط نہیں کیے
suspended-since = معطلی از { $what }
ended-on = اختتام: { $what }
agreement-hash = معاہدہ
channel = چینل
register-about = اجلاسوں کے شائع شدہ بیانات، ہر موضوع کی حالت کے ساتھ۔
other-readout = اسی اجلاس کا دوسرا بیان
two-readouts = ایک اجلاس کے دو بیان
two-readouts-help = ایک ہی اجلاس پر ہر فریق نے جو شائع کیا: وہی ریاستیں، وہی دن۔ فرق نشان زد ہے۔
topics = موضوعات
differs = مختلف:
not-told = یہاں مذکور نہیں
more-readouts = اجلاس کے مزید بیان
no-other-readout = یہاں اس اجلاس کا کوئی اور بیان نہیں جو آپ دیکھ سکیں۔
look-further = پرانے میں تلاش کریں
correspondence-about = دفاترِ کار کے درمیان مراسلے اور فائلیں۔
nothing-found = ”{ $what }“ کے لیے کچھ نہیں ملا۔
nothing-found-help = تمام الفاظ ایک ہی ریکارڈ میں ہونے چاہییں۔ کم الفاظ آزمائیں، یا req-0123abcd جیسا حوالہ نمبر۔
too-many-hits = جتنا دکھایا گیا اس سے زیادہ ہے: کوئی لفظ بڑھائیں۔
audit-size = { $what } اندراج
countersigned-by = آڈیٹر کے توثیقی دستخط: { $when }
not-countersigned = ابھی آڈیٹر کے توثیقی دستخط نہیں ہوئے
person = شخص
act = کارروائی
when = کب
who = کس نے
on-what = کس پر
why = کیوں
answer = جواب
partners-help = ہر شریک سے رابطہ ہے یا نہیں، آخری رابطہ کب ہوا، اور کیا منتظر ہے۔
no-partners = ابھی کوئی شریک نہیں۔
no-partners-help = دو ادارے `mithaq pair` سے ملتے ہیں، اور اپنے فنگر پرنٹ آواز سے ملاتے ہیں۔
partner-reached = رابطہ ہے
partner-not-reached = رابطہ نہیں
partner-not-trusted = توثیق نہیں ہوئی
partner-not-yet = ابھی کوئی خبر نہیں
never-heard = کبھی نہیں
last-heard = آخری رابطہ: { $what }
records-wait = { $count ->
    [one] { $count } ریکارڈ منتظر ہے
   *[other] { $count } ریکارڈ منتظر ہیں
}
our-fingerprint = ہمارا فنگر پرنٹ
our-fingerprint-help = اسے اپنے شریک کو بول کر سنائیں؛ شریک جو سنے وہ لکھے۔
sessions-open = سائن ان افراد: { $what }
administrators-too-few = کسے داخل کیا جائے، یہ دو منتظم طے کرتے ہیں؛ یہاں ابھی دو نہیں ہیں۔ نوڈ کی مشین پر دوسرا `mithaq person add` اور `mithaq person link` سے شامل کریں۔
seconds = دوسرے منتظم کے منتظر
seconds-none = کچھ منتظر نہیں۔
asked-by = درخواست: { $what }
waits-until = { $what } تک منتظر
asked-token = ایک ٹوکن بنایا جائے
asked-officer = ایک کلید کسی چینل میں منظوری دے
asked-auditor = ایک آڈیٹر درج کیا جائے
asked-link = ایک ربط بنایا جائے جس سے کوئی شخص پاس کی درج کرے
asked-person = ایک شخص شامل کیا جائے
asked-person-changed = ایک شخص میں تبدیلی کی جائے
second-is-mine = آپ نے درخواست کی: دوسرا منتظم تصدیق کرتا ہے۔
second-confirm = تصدیق کریں
second-end = ختم کریں
ask-second = درخواست کریں
person-new = نیا شخص
person-about = شخص کی تفصیل
person-about-help = آپ درخواست کرتے ہیں، دوسرا منتظم تصدیق کرتا ہے۔ جن ٹوکنوں کا شخص کو حق نہ رہے وہ اسی کے ساتھ منسوخ ہو جاتے ہیں۔
person-name = نام
person-name-help = ساتھیوں کے لیے۔ شراکت دار اور آڈٹ لاگ شخص کو صرف ایک نمبر سے جانتے ہیں۔
offices-help = ہر سطر میں ایک، جیسا معاہدے اور ساتھی کہتے ہیں۔
languages-read = وہ زبانیں جو شخص پڑھتا ہے
signs-in = داخلہ
passkeys-count = { $count ->
    [0] کوئی پاس کی نہیں
    [one] { $count } پاس کی
   *[other] { $count } پاس کیز
}
passkeys-none = ابھی کوئی نہیں: شخص ربط سے داخل ہوتا ہے۔
has-left = جا چکا
revoke = منسوخ کریں
officer-revoke-sure = یہ کلید منسوخ کریں؟ اب سے اس کی منظوری کسی فریق کے ہاں شمار نہیں ہوگی، اور یہ دوبارہ درج نہیں ہو سکتی۔
token-revoke-sure = یہ ٹوکن منسوخ کریں؟
token-new = نیا ٹوکن
token-for-program = کسی پروگرام کے لیے نیا ٹوکن
token-for-what = کس لیے
token-days = کتنے دن معتبر
token-help = اس کا متن دو حصوں میں آتا ہے: پہلا آپ کو، دوسرا تصدیق کرنے والے کو۔
public-key = عوامی کلید
auditors = آڈیٹر
auditors-none = کوئی آڈیٹر درج نہیں: اس کے بغیر کچھ تبادلہ نہیں ہوتا۔
auditor-new = آڈیٹر درج کریں
auditor-file = آڈیٹر کی عوامی فائل
auditor-file-help = جو `mithaq auditor new` نے کلید کے ساتھ لکھی۔ کلید خود یہاں کبھی نہیں آتی۔
signing-keys-none = کوئی نہیں: شخص اپنے اکاؤنٹ کے صفحے پر درج کرتا ہے۔
is-passkey = پاس کی
ask-enrol = اندراج کی درخواست
link-help = ربط سے شخص ایک بار پاس کی درج کرتا ہے۔ پہلا حصہ آپ کو، دوسرا تصدیق کرنے والے کو ملتا ہے۔
ask-link = ربط کی درخواست
passkeys-take = پاس کیز واپس لیں
passkeys-take-sure = اس شخص کی تمام پاس کیز واپس لیں اور سیشن ختم کریں؟
person-leaves = ادارہ چھوڑتا ہے
person-leaves-help = ٹوکن، پاس کیز اور سیشن فوراً ختم ہو جاتے ہیں۔ درج کلیدیں ہر چینل میں افسران کے تحت منسوخ کی جاتی ہیں۔
person-leaves-sure = اس شخص کا ادارے سے تعلق ختم کریں؟
half-first = پہلا حصہ
half-second = دوسرا حصہ
half-for = یہ خود { $what } کو دیں، اور کسی کو نہیں:
half-of-link = دونوں حصوں کے ساتھ شخص صفحہ /enrol کھولتا ہے اور پہلے پہلا، پھر دوسرا لکھتا ہے۔ ایک اکیلا کسی کو داخل نہیں کرتا۔
half-of-token = ٹوکن پہلا حصہ اور اس کے پیچھے دوسرا ہے۔ ایک اکیلا کسی کو داخل نہیں کرتا۔
half-once = یہ یہاں ایک بار دکھایا جاتا ہے، پھر معلوم نہیں ہو سکتا۔
halves = مجھے دو حصے دیے گئے
people = افراد
roles = کردار
role = کردار
offices = دفاترِ کار
office = دفترِ کار
purposes = مقاصد
purposes-help = دوسروں کا فراہم کیا ہوا صرف کسی مقصد کے لیے پڑھا جاتا ہے۔ آپ کے مقاصد یہ ہیں۔
keys = کلیدیں
away = غیر حاضری
officers = افسروں کی کلیدیں
is-nobody = کوئی نہیں
a-program = کوئی پروگرام
is-revoked = منسوخ
tokens = ٹوکن
token = ٹوکن
counts-until = کب تک کارآمد
where-signed-in = جہاں آپ سائن ان ہیں
this-browser = یہ براؤزر
since = { $what } سے
last-used = آخری استعمال: { $what }
end-session = یہ سیشن ختم کریں
end-others = باقی تمام سیشن ختم کریں
absence = غیر حاضری
absence-help = آپ کی غیر حاضری میں ایک ساتھی آپ کے معاملات دیکھتا اور ان کا فیصلہ کرتا ہے۔
away-until = { $what } تک غیر حاضر
deputy-is = قائم مقام: { $what }
away-last-day = آخری دن
deputy = قائم مقام
i-am-away = غیر حاضری شروع کریں
i-am-back = غیر حاضری ختم کریں
go-back = واپس
to-start = پہلے صفحے پر
no-such-page = ایسا کوئی صفحہ نہیں: رہنمائی کی فہرست یا تلاش استعمال کریں
no-such-link = یہ لنک معلوم نہیں، یا اس کا نوڈ نئے سرے سے شروع ہوا: دوسرا لنک مانگیں
page-acts-only = یہ صرف اسی سائٹ کے کسی صفحے سے ہو سکتا ہے
page-not-made = صفحہ نہ بن سکا: یہ پروگرام کا نقص ہے
not-your-seat = یہ کردار اور دفترِ کار آپ کا نہیں: فہرست میں سے کوئی منتخب کریں
visitors-made-up-only = صرف فرضی ادارے کے ملاقاتی ہوتے ہیں: اس کے ملک کا کوڈ ایسا ہو جو کسی ریاست کا نہیں (XAA سے XZZ)
signature-form = دستخط میل نہیں کھاتے: اسی صفحے پر دوبارہ دستخط کریں
enrol = پاس کی کا اندراج
enrol-help = پاس کی آپ کے آلے، فون یا سیکیورٹی کلید میں موجود ایک کلید ہے۔ وہ وہیں رہتی ہے؛ نوڈ کو صرف اس کا عوامی حصہ ملتا ہے۔ یہ ربط ایک ہی بار کارآمد ہے۔
enrol-make = پاس کی بنائیں
passkey-name = آپ اسے کیا کہتے ہیں (دفتر کا کمپیوٹر، چابیوں کا گچھا …)
passkeys = داخلے کی پاس کیز
passkey-add = ایک اور شامل کریں
passkey-remove-sure = یہ پاس کی ہٹا دیں؟ پھر آپ اس سے داخل نہیں ہو سکیں گے۔
remove = ہٹائیں
is-synced = ہم آہنگ
visitor-no-passkey = فرضی ادارے کے مہمانوں کو پاس کی کی ضرورت نہیں۔
confirm = تصدیق کریں کہ یہ آپ ہی ہیں
confirm-help = ناقابلِ واپسی عمل سے پہلے اپنی پاس کی دوبارہ دکھائیں۔
confirm-passkey = اپنی پاس کی دکھائیں
confirm-first = اس سے پہلے اپنی پاس کی دوبارہ دکھائیں: ‎/confirm کھولیں، پھر دہرائیں
passkey-refused = یہ پاس کی یہاں معلوم نہیں، یا جو اس نے دستخط کیا وہ مطابق نہیں: دوبارہ کوشش کریں، یا منتظم سے نیا ربط مانگیں
passkey-does-not-fit = براؤزر نئی پاس کی کے بارے میں جو کہتا ہے وہ مطابق نہیں: { $error }
passkey-known = یہ پاس کی پہلے سے درج ہے
passkeys-full = ایک شخص کی زیادہ سے زیادہ { $most } پاس کیز ہوتی ہیں: پہلے ایک ہٹائیں
no-such-passkey = آپ کی ایسی کوئی پاس کی نہیں
challenge-over = اس میں بہت دیر لگی: صفحہ دوبارہ لوڈ کریں
passkeys-by-name = پاس کیز ناموں کے لیے ہیں، عددی پتوں کے لیے نہیں: صفحہ http://localhost سے یا node.toml میں درج کسی اوریجن سے کھولیں
sign-in-link = شخص اسے نوڈ کے صفحات پر، ایک بار، تین دن کے اندر کھولتا ہے: { $path }
first-link = ابھی کوئی داخل نہیں ہو سکتا۔ { $name } یہاں، ایک بار، تین دن کے اندر پاس کی درج کرتا ہے: { $address }
is-provisional = بدل سکتا ہے
evidence-help = جس کے پاس ثبوت کی فائل ہو وہ اسے تصدیق کنندہ کی کسی بھی نقل سے آف لائن جانچ سکتا ہے۔ یہاں یہ نوڈ اسے جانچتا ہے، کسی سے نہیں پوچھتا اور کچھ محفوظ نہیں رکھتا۔
evidence-file = ثبوت کی فائل
evidence-check = جانچیں
verdict = نتیجہ
verdict-proven = تصدیق ہو گئی
verdict-proven-help = سب کچھ درست ہے، اور اس میں موجود ہر فریق کے فنگر پرنٹ کا یہاں موازنہ ہو چکا ہے۔
verdict-consistent = اپنے آپ میں ہم آہنگ ہے
verdict-consistent-help = اس میں موجود کسی فریق کے فنگر پرنٹ کا یہاں موازنہ نہیں ہوا: جس نے فائل بنائی شاید اسی نے وہ فریق بھی بنایا ہو۔
verdict-refused = یہ کچھ ثابت نہیں کرتی
no-file-given = جانچنے کے لیے فائل چنیں
reviews-help = جو کسی افسر نے اکیلے جاری کیا کیونکہ انتظار ممکن نہ تھا، اسے ایک دن میں دوسرا افسر دیکھتا ہے۔
reviews-empty = اکیلے کچھ جاری نہیں ہوا۔
review-finding = جائزے کا نتیجہ
review-confirm = یہ درست تھا
review-object = یہ درست نہ تھا: { $what }
review-keep = نتیجہ درج کریں
review-confirmed = تصدیق شدہ
review-objected = اعتراض شدہ
ground-no_threat_to_life = جان کو فوری خطرہ نہ تھا
ground-more_than_needed = اس سے کم کافی تھا
ground-wrong_recipient = یہ ایسے فریق کو گیا جو خطرہ ٹال نہیں سکتا تھا
ground-rights_ground = کسی شخص کا حق اس کے خلاف تھا
protection-help = یہ صفحہ، یا یہ کہ یہاں کچھ منتظر ہے، کوئی اور نہیں دیکھتا۔
held = آپ کے منتظر
held-empty = کچھ منتظر نہیں۔
held-arrived = شریک کی طرف سے آیا
held-sent = بھیجا گیا، دفاتر سے پوشیدہ
held-waiting = اپنے وقت کا منتظر
held-stopped = کسی قاعدے نے روکا
held-near = ایک نام رجسٹر کے نام سے ملتا جلتا ہے
held-pass = آگے بھیجیں
held-block = آگے بھیجے بغیر ختم کریں
held-block-sure = آگے بھیجے بغیر ختم کریں؟ شریک کو غیر جانب دار جواب ملے گا۔
register-entries = رجسٹر
register-empty = رجسٹر خالی ہے۔
entry = اندراج
entry-new = نیا اندراج
entry-new-help = نام اور دستاویز نمبر موازنے کے بعد بھلا دیے جاتے ہیں: رجسٹر صرف کلیدی خلاصے رکھتا ہے۔
entry-names = نام
entry-names-help = ہر سطر میں ایک املا، کسی بھی رسم الخط میں۔
entry-born = تاریخ پیدائش
entry-document = دستاویز نمبر
entry-until = کارآمد تا
entry-added = شامل کیا گیا
entry-add = رجسٹر میں شامل کریں
entry-remove-sure = یہ اندراج ہٹائیں؟ جو اس نے روکا تھا، اب اس کے بغیر طے ہو گا۔
feared-states = جن ریاستوں کا خوف ہے
feared-states-help = تین حرفی کوڈ، جیسے XAA, XAB۔
identities = شناختیں
erasure = محو
erase = مواد تلف کریں
erase-help = مواد یہاں تلف ہو جاتا ہے۔ یہ کہ ریکارڈ یہاں تھا، اور بغیر مواد کا ثبوت، باقی رہتا ہے۔
erase-own-help = مواد یہاں تلف ہوتا ہے اور شریکوں کو اپنا تلف کرنے کا حکم دیا جاتا ہے۔
erase-sure = اس ریکارڈ کا مواد تلف کریں؟ کوئی اسے واپس نہیں لا سکتا۔
signing-passkeys = منظوری کی پاس کیز
signing-passkeys-help = ان سے آپ اپنی لکھی یا جاری کی ہوئی چیز پر دستخط کرتے ہیں۔ ان سے داخلہ نہیں ہوتا۔ منتظم ہر ایک کو کسی چینل میں درج کرتا ہے۔
signing-passkey-add = منظوری کی پاس کی بنائیں
is-enrolled = درج شدہ
not-enrolled = ابھی درج نہیں
