package gupshup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/bits"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"
)

const (
	// tag names our subscription among the up to five of an app.
	tag = "order-notifications"
	// version is the form of the callbacks that we ask for.
	version = "2"
)

// modes are the events that are read; most are off unless named. OTHERS are those that have no mode of their own: a shopper who stopped
// marketing, and the opting in and out of older apps.
var modes = []string{"ENQUEUED", "SENT", "DELIVERED", "READ", "FAILED", "MESSAGE", "BILLING", "TEMPLATE", "ACCOUNT", "OTHERS"}

// allModes is the sum of the bits of all eleven modes of version 2. Which bit is which is not documented.
const allModes = 2047

var (
	errNotKept   = errors.New("gupshup: subscription is not listed after it was made")
	errNotAsSet  = errors.New("gupshup: subscription differs from what was asked for")
	errNotListed = errors.New("gupshup: subscriptions cannot be read")
)

// subscription is a subscription as Gupshup tells it. The modes come as a sum of bits, or by name.
type subscription struct {
	ID      text            `json:"id"`
	Tag     text            `json:"tag"`
	URL     text            `json:"url"`
	Version text            `json:"version"`
	Active  truth           `json:"active"`
	Mode    number          `json:"mode"`
	Modes   json.RawMessage `json:"modes"`
}

// Subscribe makes Gupshup call target, with the subscription of our tag: created if there is none, changed if it
// differs, else left alone. Then it is read back. Errors hold neither address nor key.
func (p *Provider) Subscribe(
	ctx context.Context, client *http.Client, app provider.App, target string,
) (provider.Subscription, error) {
	if err := p.CheckConfig(app); err != nil {
		return provider.Subscription{}, err
	}

	existing, found, err := p.subscription(ctx, client, app)
	switch {
	case err != nil:
		return provider.Subscription{}, err
	case found && existing.is(target) && existing.told() != nil:
		return existing.as(), nil
	case found:
		err = p.subscribe(ctx, client, app, http.MethodPut, "/subscription/"+url.PathEscape(string(existing.ID)), target)
	default:
		err = p.subscribe(ctx, client, app, http.MethodPost, "/subscription", target)
	}
	if err != nil {
		return provider.Subscription{}, err
	}

	kept, found, err := p.subscription(ctx, client, app)
	switch {
	case err != nil:
		return provider.Subscription{}, err
	case !found:
		return provider.Subscription{}, errNotKept
	case !kept.is(target):
		return provider.Subscription{}, errNotAsSet
	}

	return kept.as(), nil
}

func (p *Provider) subscribe(
	ctx context.Context, client *http.Client, app provider.App, method, path, target string,
) error {
	req, err := p.post(ctx, method, app, appPath(app, path),
		field{"modes", strings.Join(modes, ",")},
		field{"tag", tag},
		field{"url", target},
		field{"version", version},
		field{"active", "true"},
	)
	if err != nil {
		return err
	}

	a, err := provider.Fetch(ctx, client, req)
	if err != nil {
		return fmt.Errorf("gupshup: subscribe: %w", err)
	}
	if said, own := read(a.Body); a.Status < 200 || a.Status > 299 || own && said.failed() {
		return fmt.Errorf("gupshup: subscribe: %w", refusal(a.Status, a.Header, a.Body))
	}

	return nil
}

// subscription reads the one of our tag.
func (p *Provider) subscription(
	ctx context.Context, client *http.Client, app provider.App,
) (found subscription, ok bool, err error) {
	req, err := p.get(ctx, app, appPath(app, "/subscription"))
	if err != nil {
		return subscription{}, false, err
	}

	a, err := provider.Fetch(ctx, client, req)
	if err != nil {
		return subscription{}, false, fmt.Errorf("gupshup: subscriptions: %w", err)
	}
	var body struct {
		Status        text            `json:"status"`
		Subscriptions *[]subscription `json:"subscriptions"`
	}
	if a.Status < 200 || a.Status > 299 {
		return subscription{}, false, fmt.Errorf("gupshup: subscriptions: %w", refusal(a.Status, a.Header, a.Body))
	}
	if lenient.Decode(a.Body, &body) != nil || body.Subscriptions == nil {
		return subscription{}, false, errNotListed
	}

	for _, s := range *body.Subscriptions {
		if s.Tag == tag {
			return s, true, nil
		}
	}

	return subscription{}, false, nil
}

// is reports whether the subscription calls target with all that we need.
func (s subscription) is(target string) bool {
	return string(s.URL) == target && s.Version == version && s.Active.Value && s.covers()
}

// covers reports whether every mode is set, as far as that can be known: of a sum of bits that is not the one of all, only their number is
// compared. Of a subscription that was set just now that is enough; one that is there may have as many others, and is set again.
func (s subscription) covers() bool {
	if names := s.told(); names != nil {
		return slices.Contains(names, "ALL") || !slices.ContainsFunc(modes, func(m string) bool { return !slices.Contains(names, m) })
	}

	return s.Mode > 0 && bits.OnesCount64(uint64(s.Mode)) >= len(modes)
}

// told returns the modes that Gupshup tells: by name, or by the sum of all; nil if it tells no more than how many they are.
func (s subscription) told() []string {
	switch names := s.names(); {
	case len(names) > 0:
		return names
	case s.Mode&allModes == allModes:
		return slices.Clone(modes)
	default:
		return nil
	}
}

// names are the modes by name, as a list or as text, which may stand in brackets.
func (s subscription) names() []string {
	var list []string
	if json.Unmarshal(s.Modes, &list) != nil {
		var line text
		_ = line.UnmarshalJSON(s.Modes)
		list = strings.FieldsFunc(string(line), func(r rune) bool { return strings.ContainsRune("[], ", r) })
	}

	for i, name := range list {
		list[i] = strings.ToUpper(strings.TrimSpace(name))
	}

	return list
}

func (s subscription) as() provider.Subscription {
	return provider.Subscription{
		ID:     string(s.ID),
		URL:    string(s.URL),
		Modes:  s.told(),
		Active: s.Active.Value,
	}
}
