package main

import (
	"context"
	"errors"
	"fmt"
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

	o.say("%s", strings.TrimSuffix(count(done.Rows, "row")+": "+strings.Join(counts, ", "), ": "))

	switch {
	case err != nil && done.Next > 0:
		return fmt.Errorf("stopped at line %d; go on with -from %d: %w", done.Next, done.Next, err)
	case err != nil:
		return fmt.Errorf("%s: %w", path, err)
	case dry:
		o.say("nothing is written")
	}

	return nil
}
