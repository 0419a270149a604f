# How long until something is due, and how long ago something was.
remaining-minutes = { $count ->
    [one] in { $count } minute
   *[other] in { $count } minutes
}
remaining-hours = { $count ->
    [one] in { $count } hour
   *[other] in { $count } hours
}
remaining-days = { $count ->
    [one] in { $count } day
   *[other] in { $count } days
}
ago-minutes = { $count ->
    [one] { $count } minute ago
   *[other] { $count } minutes ago
}
ago-hours = { $count ->
    [one] { $count } hour ago
   *[other] { $count } hours ago
}
ago-days = { $count ->
    [one] { $count } day ago
   *[other] { $count } days ago
}
just-now = now
