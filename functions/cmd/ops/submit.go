package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/store"
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

	messages, err := o.store.MessagesOfOrder(ctx, accountID, orderID)
	if err != nil {
		return err
	}

	var asked []string

	found := 0

	for _, m := range messages {
		if m.CustomerID == "" || slices.Contains(asked, m.CustomerID) {
			continue
		}

		asked = append(asked, m.CustomerID)

		n, err := o.resubmit(ctx, m.CustomerID, orderID, dry)
		if err != nil {
			return fmt.Errorf("order %s: %w", subject, err)
		}

		found += n
	}

	switch {
	case found == 0:
		return fmt.Errorf("order %s: %w", subject, errNoStuck)
	case !dry:
		o.did("submitted again within a minute or two, if the order still waits for it; what the shopper has not completed is asked about, or goes to a person")
	}

	return nil
}

// resubmit has the stuck choices of one shopper submitted, and returns how many there are.
func (o ops) resubmit(ctx context.Context, customerID, orderID string, dry bool) (int, error) {
	c, err := o.store.Conversation(ctx, customerID)
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}

	next, again := c.Retry(orderID, o.clock.Now())
	for _, a := range again {
		o.say("%s of %s for the attempt of %s", a.Code, a.At.UTC().Format("2006-01-02 15:04:05"), a.Subject)
	}

	if dry || len(again) == 0 {
		return len(again), nil
	}

	if err = o.begin(ctx, c.AccountID+"/"+orderID); err != nil {
		return 0, err
	}

	_, err = o.store.SaveConversation(ctx, next)

	return len(again), err
}
