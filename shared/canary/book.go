package canary

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// retention is how long a form is kept after its newest body. Then it is new again.
const retention = 400 * 24 * time.Hour

// Book keeps the forms that are new.
type Book struct {
	Store  *store.Store
	Logger *slog.Logger
}

// Keep keeps what a watch tells: a form that is new with one line in the log, one that is known by its count.
func (b Book) Keep(ctx context.Context, e provider.ShapeEvent) error {
	at := time.UnixMilli(e.At).UTC()

	err := b.Store.CountShape(ctx, e.Fingerprint, e.Count, at, at.Add(retention))
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}

	hour := at.Format("2006-01-02T15")

	n, err := b.Store.ShapesOfHour(ctx, e.Provider, hour, maxNew+1)
	if err != nil {
		return err
	}

	if n >= maxNew && !strings.HasPrefix(e.Fingerprint, more) {
		return b.Keep(ctx, provider.ShapeEvent{
			Fingerprint: more + e.Provider, Provider: e.Provider, Door: e.Door, Kind: e.Kind, Count: e.Count, At: e.At,
		})
	}

	err = b.Store.AddShape(ctx, store.Shape{
		Fingerprint: e.Fingerprint,
		Provider:    e.Provider,
		Door:        e.Door,
		Kind:        e.Kind,
		Path:        e.Path,
		Outline:     e.Outline,
		Others:      e.Others,
		Fixture:     e.Fixture,
		Hour:        hour,
		FirstAt:     at,
		LastAt:      at,
		Count:       e.Count,
		ExpireAt:    at.Add(retention),
	})
	if errors.Is(err, store.ErrExists) { // another instance was faster
		return b.Store.CountShape(ctx, e.Fingerprint, e.Count, at, at.Add(retention))
	}
	if err != nil {
		return err
	}

	// An alert is built on this line.
	b.Logger.WarnContext(ctx, "a provider sent a body of a new shape",
		"provider", logging.Word(e.Provider),
		"door", logging.Word(e.Door),
		"kind", logging.Word(e.Kind),
		"fingerprint", e.Fingerprint)

	return nil
}
