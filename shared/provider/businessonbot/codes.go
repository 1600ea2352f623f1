package businessonbot

import "github.com/eshopbox/whatsapp-notifications/shared/provider"

const inferred = "not documented, read as the HTTP status of that number: "

// codes are the failures of BusinessOnBot. Two are documented (CONTRACT.md section 3); the others say what the HTTP statuses of their
// numbers say, since the body repeats the status.
var codes = provider.NewCodeTable([]provider.CodeRow{
	provider.Code("400", provider.BadRequest, need+`"Bad payload!!"`),
	provider.Code("500", provider.Transient, need+`"Internal Server Error!!"`),
	provider.Code("401", provider.BadCredentials, inferred+"the guest API key is refused"),
	provider.Code("403", provider.BadCredentials, inferred+"the guest API key is refused"),
	provider.Code("429", provider.Throttled, inferred+"too many requests"),
	provider.Code("502", provider.InDoubt, inferred+"a server behind it may have taken the message"),
	provider.Code("503", provider.Transient, inferred+"unavailable"),
	provider.Code("504", provider.InDoubt, inferred+"a server behind it may have taken the message"),
})
