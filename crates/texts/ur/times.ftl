# کتنا وقت باقی ہے اور کتنا گزر گیا۔
remaining-minutes = { $count ->
    [one] { $count } منٹ میں
   *[other] { $count } منٹ میں
}
remaining-hours = { $count ->
    [one] { $count } گھنٹے میں
   *[other] { $count } گھنٹوں میں
}
remaining-days = { $count ->
    [one] { $count } دن میں
   *[other] { $count } دنوں میں
}
ago-minutes = { $count ->
    [one] { $count } منٹ پہلے
   *[other] { $count } منٹ پہلے
}
ago-hours = { $count ->
    [one] { $count } گھنٹے پہلے
   *[other] { $count } گھنٹے پہلے
}
ago-days = { $count ->
    [one] { $count } دن پہلے
   *[other] { $count } دن پہلے
}
just-now = ابھی
