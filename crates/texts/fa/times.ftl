# چقدر مانده و چقدر گذشته.
remaining-minutes = تا { $count } دقیقه دیگر
remaining-hours = تا { $count } ساعت دیگر
remaining-days = تا { $count } روز دیگر
ago-minutes = { $count } دقیقه پیش
ago-hours = { $count } ساعت پیش
ago-days = { $count } روز پیش
just-now = اکنون
