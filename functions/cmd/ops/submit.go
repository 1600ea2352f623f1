package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/actions"
	"github.com/eshopbox/whatsapp-notifications/shared/conversation"
)

var (
	errOrderPath = errors.New("give the account and the order by the platform's id, such as 811/51230077")
	errNoStuck   = errors.New("the order has no choice that is stuck; what waits is tried again by itself")
)

// submit has the choices on an order submitted once more that the platform gave no answer to for a day.
func (o ops) submit(ctx context.Context, subject string, dry bool) error {
	accountID, orderID, ok := strings.Cut(subject, "/")
	if !ok || accountID == "" || orderID == "" {
		return errOrderPath
	}

	err := actions.New(o.store, o.clock).Retry(ctx, operator, accountID, orderID, dry, func(a conversation.Action) {
		o.say("%s of %s for the attempt of %s", a.Code, a.At.UTC().Format("2006-01-02 15:04:05"), a.Subject)
	}, o.note)

	switch {
	case errors.Is(err, actions.ErrNoneStuck):
		return fmt.Errorf("order %s: %w", subject, errNoStuck)
	case err != nil:
		return err
	case !dry:
		o.say("%s", actions.Again)
	}

	return nil
}
