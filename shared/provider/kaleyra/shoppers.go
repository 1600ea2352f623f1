package kaleyra

import (
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"
)

// shoppers reads how the callbacks of an account name shoppers. Kaleyra's pages show their numbers with the calling code and without
// it, in the same variables (CONTRACT.md section 5.2). Ten digits are therefore a number at home
// in the account's country, if that country has such mobile numbers: nearly all who write to a brand are its own shoppers. Where home
// has none, ten digits are a whole number of another country: [phone.Complete] has the rule. It holds for every number of a callback,
// before one is compared with another.
type shoppers struct {
	// code is the calling code of the account's country; empty if it is not known, or its numbers are not of ten digits.
	code string
}

// shoppersOf returns the reader of an app's callbacks. written is the business number as the callback names it, if it does.
func shoppersOf(app provider.App, written string) shoppers {
	const home = 10

	for _, digits := range []string{app.Number, lenient.Digits(written)} {
		if own, err := phone.FromE164("+" + digits); err == nil {
			code, national := strings.TrimSuffix(own.Digits(), own.National()), own.National()
			if len(national) != home {
				code = ""
			}

			return shoppers{code: code}
		}
	}

	if app.ProviderIDs[KeyPod] == "in" {
		return shoppers{code: "91"}
	}

	return shoppers{}
}

func (s shoppers) full(digits string) string {
	if s.code == "" {
		return digits
	}

	return phone.Complete(digits, s.code)
}

// person returns the number or the user id of a shopper, as a variable names them.
func (s shoppers) person(named string) (number, userID string) {
	return s.reader("").Person(text(named), "")
}
