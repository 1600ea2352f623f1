// Package verdict is the set of meanings that an error code can have, for the providers' tables of codes.
package verdict

import (
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// Verdict is what an error means for what happens next.
type Verdict struct {
	Class provider.Class
	// Cause is one of provider's; empty where the class says all.
	Cause string
	// Wait is how long to leave it alone where an answer does not say.
	Wait time.Duration
}

// The verdicts, by class. Those of the account tell why nothing can be sent through it.
var (
	Transient      = Verdict{Class: provider.ClassTransient}
	Throttled      = Verdict{Class: provider.ClassThrottled}
	Recipient      = Verdict{Class: provider.ClassRecipient}
	NoWhatsApp     = Verdict{Class: provider.ClassRecipient, Cause: provider.CauseNotOnWhatsApp}
	OptedOut       = Verdict{Class: provider.ClassOptedOut}
	Template       = Verdict{Class: provider.ClassTemplate}
	TemplatePaused = Verdict{Class: provider.ClassTemplatePaused}
	Credentials    = Verdict{Class: provider.ClassAccount, Cause: provider.CauseCredentials}
	Balance        = Verdict{Class: provider.ClassAccount, Cause: provider.CauseBalance}
	Blocked        = Verdict{Class: provider.ClassAccount, Cause: provider.CauseBlocked}
	BadRequest     = Verdict{Class: provider.ClassBadRequest}
	// Unlisted is that of a code in no table: permanent for the message, and it touches neither account nor shopper.
	Unlisted = Verdict{Class: provider.ClassBadRequest, Cause: provider.CauseUnlisted}
)

// After is the verdict with a wait.
func (v Verdict) After(wait time.Duration) Verdict {
	v.Wait = wait
	return v
}
