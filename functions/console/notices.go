package console

// notices are what a page says was done, by the word that the address has for it.
var notices = map[string]string{}
