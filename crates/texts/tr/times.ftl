# Ne kadar kaldı, ne kadar geçti.
remaining-minutes = { $count } dakika sonra
remaining-hours = { $count } saat sonra
remaining-days = { $count } gün sonra
ago-minutes = { $count } dakika önce
ago-hours = { $count } saat önce
ago-days = { $count } gün önce
just-now = şimdi
