package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// account puts the account that a file describes, as PUT /v1/accounts/{accountId} does and by the same use case. Its apps, its sender and its
// notifications are set over the workspace API alone, where a person agrees to charges and each provider is asked.
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

	c.add(o.workspace().CheckAccount(operator, d.ID, d.input(known)))

	if err = errors.Join(c.problems...); err != nil {
		return fmt.Errorf("%s:\n%w", file, err)
	}

	what := "is there and is replaced"
	if known.ID == "" {
		what = "is new"
	}

	said := fmt.Sprintf("account %s (%s) %s", d.ID, strings.ToLower(d.Slug), what)

	if dry {
		o.say("%s", said)
		return nil
	}
	if err = o.begin(ctx, d.ID); err != nil {
		return err
	}

	seen := settings.Seen{Version: known.Version, Named: known.ID != ""}
	if _, _, err = o.workspace().PutAccount(ctx, operator, d.ID, d.input(known), seen); err != nil {
		return fmt.Errorf("%s:\n%w", file, err)
	}

	o.did("%s", said)

	return nil
}
