package meta

import (
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/provider/loose"
)

// What fields are of, since Meta's pages disagree with its webhooks: times are strings or numbers, ids of templates are
// numbers above 2^53.
type (
	text   = loose.Text
	number = loose.Number
	truth  = loose.Truth
)

// separators are what stands between the digits of a displayed number.
var separators = strings.NewReplacer(" ", "", "-", "", "(", "", ")", "")

// digits is a phone number without its plus and separators; empty for anything that is no number.
func digits(s text) string { return loose.Digits(separators.Replace(string(s))) }
