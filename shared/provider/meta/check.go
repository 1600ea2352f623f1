package meta

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"
)

// What a brand is told of each result.
var details = map[provider.CheckState]string{
	provider.CheckVerified: "Token, number and business account belong together, and the number can send.",
	provider.CheckNumberUnconfirmed: "Token, phone number id and business account belong together. Meta does not show " +
		"the number itself; the first message will show whether it fits.",
	provider.CheckInvalidKey: "Meta refuses this access token. It must be a system user's token that has not expired, with " +
		"whatsapp_business_messaging and whatsapp_business_management.",
	provider.CheckUnknownApp:     "Meta does not know this phone number id or business account for the token.",
	provider.CheckNumberMismatch: "The phone number id belongs to another number at Meta.",
	provider.CheckWrongSigning: "Token, number and business account belong together, but the app secret is not that of the Meta app whose token it is: its " +
		"callbacks would be refused. Copy the app secret from the App Dashboard, under App settings, Basic, of that app, and set it as signingSecret.",
	provider.CheckThrottled:    "Meta is asked too often; try again later.",
	provider.CheckProviderDown: "Meta cannot be reached at the moment. This says nothing about the token.",
}

// Why a number that Meta knows is of no use as it is.
const (
	detailForeign     = "The phone number id does not belong to this business account."
	detailPermission  = "The token lacks whatsapp_business_management, without which templates cannot be read."
	detailUnconnected = "The number is not connected to the Cloud API."
	detailBlocked     = "Meta does not let this number or its business account send; WhatsApp Manager shows why."
)

// phoneFields are what is asked of a number.
const phoneFields = "id,display_phone_number,status,platform_type,health_status"

// phoneNumber is a number as Meta tells it.
type phoneNumber struct {
	ID       text `json:"id"`
	Number   text `json:"display_phone_number"`
	Status   text `json:"status"`
	Platform text `json:"platform_type"`
	Health   struct {
		CanSend  text     `json:"can_send_message"`
		Entities []entity `json:"entities"`
	} `json:"health_status"`
}

// entity is one of those that must all be able to send: the number, its business account, business and app.
type entity struct {
	CanSend text `json:"can_send_message"`
	Errors  []struct {
		Code text `json:"error_code"`
	} `json:"errors"`
}

// Check reads the number, looks for it among those of the business account, and lists a template. What Meta says of the
// number's own state is believed only where it says that nothing can be sent: an expired verification or a display name
// under review leave a number usable (CONTRACT.md section 4). A number that is known and cannot send is UNKNOWN_APP, with
// the reason in the detail.
func (p *Provider) Check(ctx context.Context, client *http.Client, app provider.App) provider.CheckResult {
	if err := p.CheckConfig(app); err != nil {
		return provider.Incomplete(app, err)
	}

	a, err := p.ask(ctx, client, app, app.ProviderIDs[KeyPhoneNumberID], url.Values{"fields": {phoneFields}})
	if err != nil {
		return refused(err)
	}
	var n phoneNumber
	if lenient.Decode(a.Body, &n) != nil || string(n.ID) != app.ProviderIDs[KeyPhoneNumberID] {
		return result(provider.CheckUnknownApp)
	}
	if owned, err := p.owns(ctx, client, app); err != nil {
		return refused(err)
	} else if !owned {
		return provider.CheckResult{State: provider.CheckUnknownApp, Detail: detailForeign}
	}
	if _, _, err := p.page(ctx, client, app, url.Values{"fields": {"id,name"}, "limit": {"1"}}); err != nil {
		state := checkState(err)
		if state == provider.CheckUnknownApp {
			return provider.CheckResult{State: provider.CheckInvalidKey, Detail: detailPermission}
		}
		return result(state).After(err)
	}

	out := n.judge(app.Number)
	if out.Works() {
		out = p.prove(ctx, client, app, out)
	}
	if out.Sends() {
		out.Facts = p.facts(ctx, client, app)
	}

	return out
}

// prove has Meta say whether one of the app secrets is that of the Meta app whose token it is, which then signs the callbacks. A wrong proof is
// refused whether or not that app demands one (CONTRACT.md section 1.2). out is what was found so far, of a question that is asked once
// more with the proof.
func (p *Provider) prove(ctx context.Context, client *http.Client, app provider.App, out provider.CheckResult) provider.CheckResult {
	wrong := false

	for _, secret := range app.Signing {
		proof := hex.EncodeToString(sign(config.NewSecret(strings.TrimSpace(secret.Reveal())), []byte(token(app))))

		_, err := p.ask(ctx, client, app, app.ProviderIDs[KeyPhoneNumberID], url.Values{"fields": {"id"}, "appsecret_proof": {proof}})
		if err == nil {
			out.Signature = provider.SignatureProved
			return out
		}

		e, ok := errors.AsType[*provider.SendError](err)
		switch state := checkState(err); {
		case ok && e.Code == codeParameter:
			wrong = true
		case state == provider.CheckThrottled || state == provider.CheckProviderDown:
			return result(state)
		}
	}

	switch {
	case wrong:
		return result(provider.CheckWrongSigning)
	case len(app.Signing) > 0:
		out.Signature = provider.SignatureUnproved
	}

	return out
}

// codeParameter is Meta's code of a parameter that is wrong.
const codeParameter = "100"

// facts returns what Meta tells beside of a number and its business account. It is asked for by itself, since a version of the API that does
// not know a field refuses the whole question; what is refused is not known.
func (p *Provider) facts(ctx context.Context, client *http.Client, app provider.App) provider.Facts {
	var number struct {
		Quality text `json:"quality_rating"`
		Limit   text `json:"whatsapp_business_manager_messaging_limit"`
	}
	if a, err := p.ask(ctx, client, app, app.ProviderIDs[KeyPhoneNumberID],
		url.Values{"fields": {"id,quality_rating,whatsapp_business_manager_messaging_limit"}}); err == nil {
		_ = lenient.Decode(a.Body, &number)
	}
	var account struct {
		Currency text `json:"currency"`
	}
	if a, err := p.ask(ctx, client, app, app.ProviderIDs[KeyWABAID], url.Values{"fields": {"id,currency"}}); err == nil {
		_ = lenient.Decode(a.Body, &account)
	}

	return provider.Facts{Quality: number.Quality.Upper(), Limit: number.Limit.Upper(), Currency: account.Currency.Upper()}
}

// refused is what an error says of the app. A lock of the account is no wrong id.
func refused(err error) provider.CheckResult {
	out := result(checkState(err))
	if e, ok := errors.AsType[*provider.SendError](err); ok && e.Cause == message.CauseBlocked {
		out.Detail = detailBlocked
	}

	return out.After(err)
}

func result(state provider.CheckState) provider.CheckResult {
	return provider.CheckResult{State: state, Detail: details[state]}
}

// judge compares the number with ours and asks whether it can send.
func (n phoneNumber) judge(own string) provider.CheckResult {
	number := lenient.Digits(n.Number)
	switch {
	case number != "" && own != "" && number != own:
		return result(provider.CheckNumberMismatch)
	case n.Status != "" && n.Status.Upper() != "CONNECTED", n.Platform != "" && n.Platform.Upper() != "CLOUD_API":
		return provider.CheckResult{State: provider.CheckUnknownApp, Detail: detailUnconnected}
	case n.blocked():
		return provider.CheckResult{State: provider.CheckUnknownApp, Detail: detailBlocked + n.reason()}
	case number == "" || own == "":
		return result(provider.CheckNumberUnconfirmed)
	}

	return result(provider.CheckVerified)
}

// blocked reports whether anything that has a part in sending is blocked; the sum above them may say no more than LIMITED.
func (n phoneNumber) blocked() bool {
	return n.Health.CanSend.Upper() == "BLOCKED" || slices.ContainsFunc(n.Health.Entities, entity.blocked)
}

func (e entity) blocked() bool { return e.CanSend.Upper() == "BLOCKED" }

// reason names Meta's code of what blocks the number; empty where Meta names none.
func (n phoneNumber) reason() string {
	for _, e := range n.Health.Entities {
		for _, why := range e.Errors {
			if c := code(why.Code); e.blocked() && c != "" {
				return " Meta's code for it is " + string(c) + "."
			}
		}
	}

	return ""
}

// owns reports whether the number is one of the business account's, of which only the first hundred are looked at.
func (p *Provider) owns(ctx context.Context, client *http.Client, app provider.App) (bool, error) {
	a, err := p.ask(ctx, client, app, app.ProviderIDs[KeyWABAID]+"/phone_numbers",
		url.Values{"fields": {"id"}, "limit": {pageSize}})
	if err != nil {
		return false, err
	}
	var body struct {
		Data []json.RawMessage `json:"data"`
	}

	_ = lenient.Decode(a.Body, &body)
	for _, raw := range body.Data {
		var n phoneNumber
		if lenient.Decode(raw, &n) == nil && string(n.ID) == app.ProviderIDs[KeyPhoneNumberID] {
			return true, nil
		}
	}

	return false, nil
}

// checkState reads an error. Whatever is not plainly about the token or the ids counts as Meta's fault.
func checkState(err error) provider.CheckState {
	e, ok := errors.AsType[*provider.SendError](err)
	switch {
	case !ok:
		return provider.CheckProviderDown
	case e.Code == "190", e.Code == "0", e.HTTPStatus == http.StatusUnauthorized:
		return provider.CheckInvalidKey
	case e.Class == message.ClassThrottled:
		return provider.CheckThrottled
	case e.Class == message.ClassBadRequest, e.Class == message.ClassAccount:
		return provider.CheckUnknownApp
	default:
		return provider.CheckProviderDown
	}
}
