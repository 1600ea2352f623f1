package meta

import "github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"

// What fields are of, since Meta's pages disagree with its webhooks: times are strings or numbers, ids of templates are
// numbers above 2^53.
type (
	text   = lenient.Text
	number = lenient.Number
	truth  = lenient.Truth
)
