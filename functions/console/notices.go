package console

// notices are what a page says was done, by the word that the address has for it.
var notices = map[string]string{
	"app-replaced":        "The credential is replaced. You can end the former one at the provider now.",
	"app-gone":            "The app is disconnected.",
	"app-renamed":         "The app has its new name.",
	"sender-chosen":       "The sender is changed. It counts within 30 seconds.",
	"replies-saved":       "The answer is saved. It counts from the next message of a shopper on.",
	"quiet-saved":         "The quiet hours are saved.",
	"words-saved":         "The words are saved.",
	"reclassed-saved":     "Saved.",
	"account-saved":       "The account is saved.",
	"letters-published":   "Published to the topic again. What still cannot be read comes back to this list.",
	"letters-gone":        "Nothing is left to do: these letters are not there any more. They were published or dropped already, or somebody holds them just now: then they show again within a minute.",
	"letters-dropped":     "Dropped for good. The note of it says which group, and how many.",
	"reopened":            "Reopened. It is sent within a minute or two, if it still may be sent.",
	"none-reopened":       "Nothing was reopened: no message of this account was given up since then, or each was settled meanwhile.",
	"action-retried":      "Submitted again within a minute or two, if the order still waits for it. What the shopper has not completed is asked about, or goes to a person.",
	"consent-recorded":    "It is recorded, and counts from now on.",
	"shopper-erased":      "The shopper is erased.",
	"consent-known":       "Nothing was added: the same is recorded already, or what was said later holds.",
	"notification-saved":  "The notification is saved. It counts within 30 seconds.",
	"notifications-saved": "The notifications are saved. They count within 30 seconds.",
	"reverted":            "The settings of that version are back, as a new version.",
}
