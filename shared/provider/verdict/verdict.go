// Package verdict is the set of meanings that an error code can have, for the providers' tables of codes.
package verdict

import "github.com/eshopbox/whatsapp-notifications/shared/provider"

// Verdict is what an error means for what happens next.
type Verdict struct {
	Class provider.Class
	// Cause is one of provider's; empty where the class says all.
	Cause string
}

// The verdicts, by class. Those of the account tell why nothing can be sent through it.
var (
	Transient      = Verdict{Class: provider.ClassTransient}
	Throttled      = Verdict{Class: provider.ClassThrottled}
	Recipient      = Verdict{Class: provider.ClassRecipient}
	NoWhatsApp     = Verdict{provider.ClassRecipient, provider.CauseNotOnWhatsApp}
	OptedOut       = Verdict{Class: provider.ClassOptedOut}
	Template       = Verdict{Class: provider.ClassTemplate}
	TemplatePaused = Verdict{Class: provider.ClassTemplatePaused}
	Credentials    = Verdict{provider.ClassAccount, provider.CauseCredentials}
	Balance        = Verdict{provider.ClassAccount, provider.CauseBalance}
	Blocked        = Verdict{provider.ClassAccount, provider.CauseBlocked}
	BadRequest     = Verdict{Class: provider.ClassBadRequest}
	// Unlisted is that of a code in no table: permanent for the message, and it touches neither account nor shopper.
	Unlisted = Verdict{provider.ClassBadRequest, provider.CauseUnlisted}
)
