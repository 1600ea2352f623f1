package settings

import (
	"context"
	"errors"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// maxShapes is how many forms of providers' bodies are listed.
const maxShapes = 200

// Shapes lists the newest forms of providers' bodies that no fixture has, the newest first. The caller must be of the platform: they tell of all
// brands' providers.
func (w *Workspace) Shapes(ctx context.Context, c access.Caller) ([]store.Shape, error) {
	if err := c.May(access.Operate, ""); err != nil {
		return nil, err
	}

	return w.store.Shapes(ctx, maxShapes)
}

// Shape returns one such form, with its fixture.
func (w *Workspace) Shape(ctx context.Context, c access.Caller, fingerprint string) (store.Shape, error) {
	if err := c.May(access.Operate, ""); err != nil {
		return store.Shape{}, err
	}

	shape, err := w.store.Shape(ctx, fingerprint)
	if errors.Is(err, store.ErrNotFound) {
		err = fault.New(fault.NotFound, "settings.Shape", "there is no such form")
	}

	return shape, err
}
