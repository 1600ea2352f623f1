package checks

import (
	"cmp"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// wordsOfWait says what a decision has a message wait for, and why an app or a template cannot be used where that is known.
func wordsOfWait(check Name, f Facts) Words {
	switch {
	case check == QuietHours:
		return wordsOfQuietHours(f)
	case check == App && f.App != "":
		return cmp.Or(causes[f.App], waiting[check])
	case check == Template && f.Template != "":
		return cmp.Or(causes[f.Template], waiting[check])
	default:
		return waiting[check]
	}
}

// quietUntil returns when the quiet hours end, in the account's zone.
func (f Facts) quietUntil() time.Time {
	return time.Unix(f.QuietUntil, 0).In(account.Account{TimeZone: f.Zone}.Zone())
}

// wordsOfQuietHours says of a message that waits for the end of quiet hours until when that is, and whether it will be too old by then.
func wordsOfQuietHours(f Facts) Words {
	until, decided := f.quietUntil(), time.UnixMilli(f.At)
	says := "The message waits until " + clockAfter(decided, until) + ", when the account's quiet hours end"

	tooOld := f.TooOldAt()
	if tooOld.IsZero() || !tooOld.Before(until) {
		return Words{says + ".", reasons[message.QuietHours].Advice}
	}

	return Words{
		says + "; it is too old from " + clockAfter(decided, tooOld.In(until.Location())) + " on, and will not be sent.",
		"Tell the shopper another way. Raise the event's age limit beyond the quiet hours, or have the event exempt from them, if such messages should arrive.",
	}
}

// clockAfter returns what the clocks show at a time, with the day if that is another one than that of an earlier time.
func clockAfter(earlier, at time.Time) string {
	if earlier.In(at.Location()).Format(time.DateOnly) == at.Format(time.DateOnly) {
		return at.Format("15:04")
	}

	return at.Format("15:04 on 2 January")
}
