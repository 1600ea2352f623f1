package meta

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"
)

// accountObject is the object of a Meta app's subscription whose fields are those of WhatsApp accounts.
const accountObject = "whatsapp_business_account"

// errUnread is the error of an answer that does not tell what an app subscribes.
var errUnread = errors.New("meta: subscriptions of the app cannot be read")

// appSubscription is what a Meta app subscribes of WhatsApp accounts.
type appSubscription struct {
	// there is false of an app that has never subscribed anything of them, and has no callback address for them.
	there bool
	// callback is the app's own address, which those of its business accounts and numbers go before.
	callback string
	// fields are those that are called for: none while it is switched off. known are all that it names.
	fields, known []string
}

// missing lists the fields that are read here and not called for.
func (s appSubscription) missing() []string {
	return slices.DeleteFunc(slices.Clone(callbackFields), func(f string) bool { return slices.Contains(s.fields, f) })
}

// address returns the callback address by which the fields can be set without moving callbacks of anybody else's: target for an app that has
// none, and else the one that it has if that is at the same webhook as target. Meta tries it with a word that only this app's webhook
// takes, so that the address of another app of ours is refused there.
func (s appSubscription) address(target string) (address string, ours bool) {
	if !s.there {
		return target, true
	}

	webhook := target[:strings.LastIndex(target, "/")+1]

	return s.callback, webhook != "" && strings.HasPrefix(s.callback, webhook)
}

// fields returns the fields of a WhatsApp account's webhooks that a Meta app subscribes; nil if Meta does not tell. What is missing is added
// first, unless the app has a callback address that is not ours: both are set in one call. Meta wants the app's own token for that, which is
// made of its id and its secret.
//
// The subscription of the number and the account is in force without this, so that no failure counts: what is not subscribed in the end is
// left to be done by hand.
func (p *Provider) fields(ctx context.Context, client *http.Client, app provider.App, subscriber, target string) []string {
	if subscriber == "" || strings.Trim(subscriber, "0123456789") != "" {
		return nil
	}

	for _, secret := range app.Signing {
		app.Secret = config.NewSecret(subscriber + "|" + strings.TrimSpace(secret.Reveal()))
		app.Signing = []config.Secret{secret}

		held, err := p.appSubscription(ctx, client, app, subscriber)
		if err != nil {
			continue
		}

		if address, ours := held.address(target); ours && len(held.missing()) > 0 {
			if held, err = p.complete(ctx, client, app, subscriber, held, address); err != nil {
				return nil
			}
		}

		return held.fields
	}

	return nil
}

// complete adds the fields that are missing to what a Meta app subscribes, at that callback address, and reads back what it subscribes then.
// What Meta answers does not count, but what it holds: the call may have come through without an answer.
func (p *Provider) complete(
	ctx context.Context, client *http.Client, app provider.App, subscriber string, held appSubscription, address string,
) (appSubscription, error) {
	req, err := p.subscribeFields(ctx, app, subscriber, held, address)
	if err != nil {
		return appSubscription{}, err
	}

	_, _ = fetch(ctx, client, req)

	return p.appSubscription(ctx, client, app, subscriber)
}

// subscribeFields makes the request that sets a Meta app's fields and callback address. Nobody documents whether fields that are left out
// stay, so that it names those that the app has, too.
func (p *Provider) subscribeFields(
	ctx context.Context, app provider.App, subscriber string, held appSubscription, address string,
) (*http.Request, error) {
	word, err := VerifyToken(app)
	if err != nil {
		return nil, err
	}

	names := slices.Concat(held.known, callbackFields)
	slices.Sort(names)

	form := url.Values{
		"object":         {accountObject},
		"callback_url":   {address},
		"verify_token":   {word},
		"fields":         {strings.Join(slices.Compact(names), ",")},
		"include_values": {"true"},
	}

	req, err := p.request(ctx, http.MethodPost, app, subscriber+"/subscriptions", strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}

	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")

	return req, nil
}

// appSubscription reads what a Meta app subscribes of WhatsApp accounts.
func (p *Provider) appSubscription(ctx context.Context, client *http.Client, app provider.App, subscriber string) (appSubscription, error) {
	a, err := p.ask(ctx, client, app, subscriber+"/subscriptions", url.Values{})
	if err != nil {
		return appSubscription{}, err
	}

	held, told := readFields(a.Body)
	if !told {
		return appSubscription{}, errUnread
	}

	return held, nil
}

// readFields reads what is subscribed of WhatsApp accounts; false of an answer that cannot be read. Each field is a name, or has one.
func readFields(body []byte) (held appSubscription, told bool) {
	var answer struct {
		Data *[]struct {
			Object   text              `json:"object"`
			Callback text              `json:"callback_url"`
			Active   *truth            `json:"active"`
			Fields   []json.RawMessage `json:"fields"`
		} `json:"data"`
	}
	if lenient.Decode(body, &answer) != nil || answer.Data == nil {
		return appSubscription{}, false
	}

	held.fields = []string{}

	for _, s := range *answer.Data {
		if s.Object != accountObject {
			continue
		}

		held.there, held.callback = true, string(s.Callback)

		for _, raw := range s.Fields {
			name := fieldName(raw)
			held.known = append(held.known, name)

			if s.Active == nil || s.Active.Value {
				held.fields = append(held.fields, name)
			}
		}
	}

	return held, true
}

// fieldName returns the name of a field, which is given as it is, or beside its version.
func fieldName(raw json.RawMessage) string {
	var (
		name  text
		named struct {
			Name text `json:"name"`
		}
	)
	if lenient.Decode(raw, &named) != nil || named.Name == "" {
		_ = json.Unmarshal(raw, &name)
	}

	return string(cmp.Or(named.Name, name))
}
