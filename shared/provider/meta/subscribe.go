package meta

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"unicode/utf8"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"
)

// maxCallback is the longest address that Meta keeps, in characters.
const maxCallback = 200

var (
	errLongCallback = errors.New("meta: callback address is longer than 200 characters")
	errNotAsSet     = errors.New("meta: subscription differs from what was asked for")
)

// override is what a callback address is set by.
type override struct {
	URI   string `json:"override_callback_uri"`
	Token string `json:"verify_token"`
}

// Subscribe makes Meta call target: for the number's messages by an override of the number's own, so that two numbers of
// one business account may go to two apps, and for the news of templates and account by one of the business account.
// Without the latter there would be no callbacks at all. Meta tries target by the handshake before it takes either, so
// the webhook must know the app by then. What is as asked for already is left alone; both are read back.
//
// Which fields are called for is set in the brand's app at Meta, together with that app's own callback address. They are completed unless
// that would move an address that is not ours (see fields). Modes are those that are read back; nil if Meta does not tell them.
func (p *Provider) Subscribe(
	ctx context.Context, client *http.Client, app provider.App, target string,
) (provider.Subscription, error) {
	if err := p.CheckConfig(app); err != nil {
		return provider.Subscription{}, err
	}
	if utf8.RuneCountInString(target) > maxCallback {
		return provider.Subscription{}, errLongCallback
	}

	word, err := VerifyToken(app)
	if err != nil {
		return provider.Subscription{}, err
	}

	wanted := override{target, word}

	var subscriber string

	account, number := app.ProviderIDs[KeyWABAID]+"/subscribed_apps", app.ProviderIDs[KeyPhoneNumberID]
	for _, part := range []struct {
		path string
		body any
		have func() (bool, error)
	}{
		{
			account,
			wanted,
			func() (set bool, err error) {
				subscriber, set, err = p.accountCalls(ctx, client, app, account, target)
				return set, err
			},
		},
		{
			number,
			map[string]override{"webhook_configuration": wanted},
			func() (bool, error) { return p.numberCalls(ctx, client, app, number, target) },
		},
	} {
		set, err := part.have()
		if err == nil && !set {
			if err = p.tell(ctx, client, app, part.path, part.body); err == nil {
				set, err = part.have()
			}
		}

		switch {
		case err != nil:
			return provider.Subscription{}, fmt.Errorf("meta: subscribe: %w", err)
		case !set:
			return provider.Subscription{}, errNotAsSet
		}
	}

	return provider.Subscription{
		ID:     app.ProviderIDs[KeyWABAID],
		URL:    target,
		Modes:  p.fields(ctx, client, app, subscriber, target),
		Active: true,
	}, nil
}

// accountCalls reports whether the business account's callbacks go to target, and the id of the Meta app that they go to it for, if Meta
// names it. Which of the account's subscribers is ours is not told, and the address is enough.
func (p *Provider) accountCalls(
	ctx context.Context, client *http.Client, app provider.App, path, target string,
) (subscriber string, calls bool, err error) {
	a, err := p.ask(ctx, client, app, path, url.Values{})
	if err != nil {
		return "", false, err
	}
	var body struct {
		Data []struct {
			URI text `json:"override_callback_uri"`
			App struct {
				ID text `json:"id"`
			} `json:"whatsapp_business_api_data"`
		} `json:"data"`
	}

	_ = lenient.Decode(a.Body, &body)
	for _, s := range body.Data {
		if string(s.URI) == target {
			return string(s.App.ID), true, nil
		}
	}

	return "", false, nil
}

// numberCalls reports whether the number's callbacks go to target.
func (p *Provider) numberCalls(
	ctx context.Context, client *http.Client, app provider.App, path, target string,
) (bool, error) {
	a, err := p.ask(ctx, client, app, path, url.Values{"fields": {"id,webhook_configuration"}})
	if err != nil {
		return false, err
	}
	var body struct {
		Webhook struct {
			Number text `json:"phone_number"`
		} `json:"webhook_configuration"`
	}
	_ = lenient.Decode(a.Body, &body)

	return string(body.Webhook.Number) == target, nil
}
