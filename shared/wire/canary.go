package wire

import (
	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/canary"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/catalog"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// Answers returns the watch over what providers answer.
func Answers(f boot.Function, db *store.Store, cfg catalog.Config) *canary.Answers {
	return &canary.Answers{
		Watch:  canary.NewWatch(f.Clock),
		Book:   canary.Book{Store: db, Logger: f.Logger},
		NameAt: cfg.NameAt,
	}
}
