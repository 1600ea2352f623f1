package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/attest"
	"github.com/eshopbox/whatsapp-notifications/shared/wire"
)

var errLedger = errors.New("name an account and a customer's key, such as 811/0123456789abcdef0123456789abcdef")

// ledger writes the file that proves the ledger of a customer's consents.
func (o ops) ledger(ctx context.Context, subject string, _ bool) error {
	accountID, key, ok := strings.Cut(subject, "/")
	if !ok || accountID == "" || key == "" {
		return errLedger
	}

	a := attest.New(attest.Deps{
		Store:  o.store,
		Bucket: o.bucket,
		Signer: wire.Signer(o.secrets, o.own.Proof),
		Clock:  o.clock,
		Logger: slog.New(slog.DiscardHandler), // the error says it all
	})

	file, err := a.Ledger(ctx, operator, accountID, key)
	if err != nil {
		return fmt.Errorf("customer %s of account %s: %w", key, accountID, err)
	}

	_, err = o.out.Write(file)

	return err
}
