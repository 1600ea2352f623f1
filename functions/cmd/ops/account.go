package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// account puts the account that a file describes, as PUT /v1/accounts does, and then writes the apps, the sender and the events of the file,
// each as a version of its settings. It makes a token for the webhook of each app that calls back and has none. Of apps and events all is
// replaced that a file can say; what the product itself knows of their health stays. A file that has any is refused for an account whose
// notifications were set through workspace: it knows nothing of choices and consents.
func (o ops) account(ctx context.Context, file string, dry bool) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}

	var c checks
	d, err := readDescription(text, &c)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}

	known, err := o.store.Account(ctx, d.ID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}

	d.check(&c, o.providers)
	c.add(o.workspace().CheckAccount(operator, d.ID, d.input(known)))

	if err = errors.Join(append(c.problems, o.clashes(ctx, d)...)...); err != nil {
		return fmt.Errorf("%s:\n%w", file, err)
	}
	if err = d.untouched(known); err != nil {
		return err
	}

	what := "is there and is replaced"
	if known.ID == "" {
		what = "is new"
	}

	o.say("account %s (%s) %s: %s", d.ID, strings.ToLower(d.Slug), what, d.counts())

	if dry {
		o.say("nothing is written, as -n wants it")
	} else if err = o.save(ctx, d, known); err != nil {
		return err
	}

	return o.webhooks(ctx, d, dry)
}

// counts says what the file has of apps and events.
func (d description) counts() string {
	if !d.sends() {
		return "apps and events stay as they are"
	}

	return count(len(d.Apps), "app") + ", " + count(len(d.Events), "event")
}

// errUnchanged ends a change that changes nothing.
var errUnchanged = errors.New("nothing is changed")

// save puts the account, which must be as it is known, and then what the file says of apps, sender and events, each with a version that
// tells of the change; nothing of what is as it is stored.
func (o ops) save(ctx context.Context, d description, known account.Account) error {
	seen := settings.Seen{Version: known.Version, Named: known.ID != ""}
	if _, _, err := o.workspace().PutAccount(ctx, operator, d.ID, d.input(known), seen); err != nil {
		return err
	}

	_, err := o.store.SaveSettings(ctx, d.ID, func(now account.Account) (store.Version, error) {
		if err := d.untouched(now); err != nil {
			return store.Version{}, err
		}

		after := now
		d.apply(&after)

		changes := after.ChangesSince(now)
		if len(changes) == 0 {
			return store.Version{}, errUnchanged
		}

		return store.Version{
			At:       o.clock.Now(),
			By:       store.Author{Subject: operator.Subject, Name: operator.Name},
			Action:   "ops.account",
			Changes:  changes,
			Settings: after,
		}, nil
	})
	if errors.Is(err, errUnchanged) {
		return nil
	}

	return err
}

// untouched returns an error for an account that has choices, which the file would lose.
func (d description) untouched(a account.Account) error {
	if !d.sends() || len(a.Choices) == 0 {
		return nil
	}

	return fmt.Errorf("account %s: its notifications were set through workspace, and have to be changed there; leave apps, sender and events out", a.ID)
}

// webhooks makes the tokens of the webhooks that are missing, and prints each once.
func (o ops) webhooks(ctx context.Context, d description, dry bool) error {
	for _, id := range slices.Sorted(maps.Keys(d.Apps)) {
		app := d.Apps[id]

		p, _ := o.providers.Get(app.Provider)
		if !p.Capabilities().Callbacks {
			continue
		}

		hook := store.Webhook{
			Provider:    app.Provider,
			AppID:       id,
			AccountID:   d.ID,
			ProviderIDs: app.ProviderIDs,
			Signing:     app.Signing,
		}
		if app.Ownership == message.Platform {
			hook.AccountID = ""
		}

		if err := o.webhook(ctx, hook, dry); err != nil {
			return fmt.Errorf("apps.%s: %w", id, err)
		}
	}

	return nil
}

// webhook makes a token for a webhook unless the app has one.
func (o ops) webhook(ctx context.Context, hook store.Webhook, dry bool) error {
	_, err := o.store.WebhookOfApp(ctx, hook.AccountID, hook.AppID)
	switch {
	case err == nil:
		o.say("app %s has a webhook already", hook.AppID)
		return nil
	case !errors.Is(err, store.ErrNotFound):
		return err
	case dry:
		o.say("app %s would get a webhook", hook.AppID)
		return nil
	}

	return o.putWebhook(ctx, hook)
}

// clashes says what of the account another one has already.
func (o ops) clashes(ctx context.Context, d description) []error {
	var problems []error

	other, err := o.store.AccountIDBySlug(ctx, d.Slug)
	switch {
	case errors.Is(err, store.ErrNotFound):
	case err != nil:
		problems = append(problems, err)
	case other != d.ID:
		problems = append(problems, fmt.Errorf("slug is that of account %s", other))
	}

	for _, id := range slices.Sorted(maps.Keys(d.Apps)) {
		others, err := o.owners(ctx, id, d)
		if err != nil {
			problems = append(problems, err)
		}

		for _, other := range others {
			problems = append(problems, fmt.Errorf("apps.%s is an app of account %s", id, other))
		}
	}

	return problems
}

// owners returns the other accounts that have an app of that id, at whichever provider: webhooks' tokens go by the id alone. The
// platform's own app is that of all who send through it.
func (o ops) owners(ctx context.Context, appID string, d description) ([]string, error) {
	others := map[string]bool{}

	for _, name := range o.providers.Names() {
		if d.Apps[appID].Ownership == message.Platform && d.Apps[appID].Provider == name {
			continue
		}

		users, err := o.store.AppUsers(ctx, name, appID, "", 2) //nolint:mnd // its own account and another
		if err != nil {
			return nil, err
		}

		for _, u := range users {
			others[u.AccountID] = true
		}
	}

	tokens, err := o.store.WebhookTokens(ctx, appID)
	if err != nil {
		return nil, err
	}

	for _, t := range tokens {
		others[t.AccountID] = true
	}

	delete(others, d.ID)
	delete(others, "") // the platform

	return slices.Sorted(maps.Keys(others)), nil
}
