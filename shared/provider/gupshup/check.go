package gupshup

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// What a brand is told of each result.
var details = map[provider.CheckState]string{
	provider.CheckVerified: "Key, app id and number belong together. Gupshup does not tell the app's name: " +
		"the first message will show whether appName is right.",
	provider.CheckNumberUnconfirmed: "Key and app id are right. Gupshup tells neither the app's number nor its name: " +
		"the first message will show whether number and appName are right.",
	provider.CheckInvalidKey: "Gupshup refuses this API key. Copy it from the app's settings without blanks; accounts of " +
		"Gupshup's Enterprise gateway, with user id and password, cannot be used.",
	provider.CheckUnknownApp:     "Gupshup does not know this app id for the key.",
	provider.CheckNumberMismatch: "The app's number at Gupshup is another one.",
	provider.CheckThrottled:      "Gupshup is asked too often; try again later.",
	provider.CheckProviderDown:   "Gupshup cannot be reached at the moment. This says nothing about the key.",
}

// reasons explain the refusals of a send that the check of credentials cannot foresee, since Gupshup tells the name of an app to partners only.
var reasons = map[string]string{
	"request_bot_not_found": "Gupshup knows no app of the name that appName gives. " + renameApp,
	"invalid_app_details":   "Gupshup says that the app's name and its number do not belong together: appName or number is another app's. " + renameApp,
	"1001":                  "Gupshup says that the app's name and its number do not belong together: appName or number is another app's. " + renameApp,
	"source_contains_xss":   "Gupshup takes no app's name with such characters as appName has. " + renameApp,
}

// renameApp is what to do about an app's name or number that is wrong.
const renameApp = "Copy appName from Gupshup's console as it stands there, uninstall the app here, and install it again with that: neither changes while it is installed."

// Explain is what a brand is told of the code of a refusal that its app's name or number has caused; empty for all others.
func (*Provider) Explain(code string) string { return reasons[code] }

// Check tries key and app id by listing templates, then compares the number with the business profile, as far as that
// names one.
func (p *Provider) Check(ctx context.Context, client *http.Client, app provider.App) provider.CheckResult {
	if err := p.CheckConfig(app); err != nil {
		return provider.Incomplete(app, err)
	}

	state := provider.CheckNumberUnconfirmed

	_, err := p.page(ctx, client, app, 0)
	if err != nil {
		state = checkState(err)
	} else if numbers := p.numbers(ctx, client, app); len(numbers) > 0 {
		state = provider.CheckNumberMismatch
		for _, n := range numbers {
			if n == app.Number {
				state = provider.CheckVerified
			}
		}
	}

	return provider.CheckResult{State: state, Detail: details[state]}.After(err)
}

// checkState reads the error of the list. Whatever is not plainly about the key or the app counts as Gupshup's fault.
func checkState(err error) provider.CheckState {
	e, ok := errors.AsType[*provider.SendError](err)
	switch {
	case !ok:
		return provider.CheckProviderDown
	case e.HTTPStatus == http.StatusUnauthorized:
		return provider.CheckInvalidKey
	case e.Class == message.ClassThrottled:
		return provider.CheckThrottled
	case e.Code == "authentication_failed":
		return provider.CheckInvalidKey
	case e.Class == message.ClassBadRequest, e.Class == message.ClassAccount:
		return provider.CheckUnknownApp
	default:
		return provider.CheckProviderDown
	}
}

// numbers are the app's numbers in its business profile, wherever they stand: table and sample of its page disagree.
// None where the profile cannot be had.
func (p *Provider) numbers(ctx context.Context, client *http.Client, app provider.App) []string {
	req, err := p.get(ctx, app, appPath(app, "/business/profile"))
	if err != nil {
		return nil
	}

	a, err := provider.Fetch(ctx, client, req)
	if err != nil || a.Status < 200 || a.Status > 299 {
		return nil
	}
	var body any
	dec := json.NewDecoder(bytes.NewReader(a.Body))
	dec.UseNumber()
	if dec.Decode(&body) != nil {
		return nil
	}

	return phoneNumbers(body, nil)
}

func phoneNumbers(v any, found []string) []string {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			found = phoneNumbers(item, found)
		}
	case map[string]any:
		for key, item := range v {
			if key != "phoneNumber" {
				found = phoneNumbers(item, found)
			} else if n := onlyDigits(item); n != "" {
				found = append(found, n)
			}
		}
	}

	return found
}

func onlyDigits(v any) string {
	var s string
	switch v := v.(type) {
	case string:
		s = v
	case json.Number:
		s = v.String()
	}

	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}
