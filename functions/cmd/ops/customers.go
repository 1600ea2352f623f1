package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	people "github.com/eshopbox/whatsapp-notifications/shared/customers"
	"github.com/eshopbox/whatsapp-notifications/shared/wire"
)

var errImport = errors.New("name an account and a file, such as 811/customers.csv")

// customers returns the use cases of customers.
func (o ops) customers() *people.Customers {
	return people.New(people.Deps{
		Store:    o.store,
		Accounts: o.accounts(),
		Keyer:    wire.PhoneKeyer(o.secrets, o.own.Phone),
		Clock:    o.clock,
	})
}

// importCustomers brings the customers of a file into an account, as POST …/customers/import does, and prints what came of each row that was
// not as it is already.
func (o ops) importCustomers(ctx context.Context, subject string, dry bool) error {
	accountID, path, ok := strings.Cut(subject, "/")
	if !ok || accountID == "" || path == "" {
		return errImport
	}

	text, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = text.Close() }()

	if !dry {
		if err = o.begin(ctx, accountID); err != nil {
			return err
		}
	}

	done, err := o.customers().Import(ctx, operator, accountID, people.File{Text: text, From: o.from, Dry: dry}, func(r people.RowResult) error {
		if r.Verdict != people.Unchanged || r.Why != "" {
			o.say("line %d  %s", r.Row, strings.Join(strings.Fields(fmt.Sprintf("%-9s %s %s %s %s", r.Verdict, r.Key, r.Status, r.Field, r.Why)), " "))
		}

		return nil
	})

	var counts []string
	for _, v := range slices.Sorted(maps.Keys(done.Verdicts)) {
		counts = append(counts, fmt.Sprintf("%d %s", done.Verdicts[v], v))
	}

	o.did("%s", strings.TrimSuffix(count(done.Rows, "row")+": "+strings.Join(counts, ", "), ": "))

	switch {
	case err != nil && done.Next > 0:
		return fmt.Errorf("stopped at line %d; go on with -from %d: %w", done.Next, done.Next, err)
	case err != nil:
		return fmt.Errorf("%s: %w", path, err)
	default:
		return nil
	}
}

var errErase = errors.New("name an account and the key of a customer, such as 811/3f0b8c6f2f0f4c51a5f3a0d5c1e7b942; POST …/customers/search answers it")

// maxReason is how much of the standard input is read.
const maxReason = 1000

// erase erases a customer, as POST …/customers/KEY/erase does, for the reason that it reads from the standard input.
func (o ops) erase(ctx context.Context, subject string, dry bool) error {
	accountID, key, ok := strings.Cut(subject, "/")
	if !ok || accountID == "" || key == "" {
		return errErase
	}

	reason := "only looked" // which is kept nowhere

	if !dry {
		text, err := io.ReadAll(io.LimitReader(o.in, maxReason))
		if err != nil {
			return fmt.Errorf("the standard input: %w", err)
		}

		reason = strings.TrimSpace(string(text))
	}

	done, err := o.eraseFor(ctx, accountID, key, reason, dry)
	if err != nil {
		return fmt.Errorf("customer %s: %w", subject, err)
	}

	for _, name := range slices.Sorted(maps.Keys(done.Counts)) {
		o.say("%-15s %s", name, count(done.Counts[name], "document"))
	}

	switch {
	case dry:
		return nil
	case done.Left > 0:
		return fmt.Errorf("customer %s: %s left, which others have written meanwhile; repeat it", subject, count(done.Left, "document"))
	default:
		o.did("%s ended; a last look finds nothing more", count(done.Ended, "message"))
		return nil
	}
}

// eraseFor erases a customer, or only looks. It looks first in any case: what is noted of the command names a customer that there is, and not a
// number that somebody typed in the place of a key.
func (o ops) eraseFor(ctx context.Context, accountID, key, reason string, dry bool) (people.Erased, error) {
	done, err := o.customers().Erase(ctx, operator, accountID, key, reason, true)
	if dry || err != nil {
		return done, err
	}
	if err = o.begin(ctx, accountID+"/"+key); err != nil {
		return people.Erased{}, err
	}

	return o.customers().Erase(ctx, operator, accountID, key, reason, false)
}
