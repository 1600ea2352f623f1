package console

// notices are what a page says was done, by the word that the address has for it.
var notices = map[string]string{
	"app-replaced":    "The credential is replaced. You can end the former one at the provider now.",
	"app-gone":        "The app is disconnected.",
	"app-renamed":     "The app has its new name.",
	"sender-chosen":   "The sender is changed. It counts within 30 seconds.",
	"replies-saved":   "The answer is saved. It counts from the next message of a shopper on.",
	"quiet-saved":     "The quiet hours are saved.",
	"words-saved":     "The words are saved.",
	"reclassed-saved": "Saved.",
	"account-saved":   "The account is saved.",
}
