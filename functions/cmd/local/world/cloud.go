package world

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// CloudOptions are those of a local cloud for functions in processes of their own.
type CloudOptions struct {
	Listen, Path                    string
	NotifyURL, ReceiveURL, SweepURL string
	SweepEvery                      time.Duration
	Logger                          *slog.Logger
}

// StartCloud runs a local cloud with the product's topics, indexes and secrets. Without a URL, pushes of that subscription
// and sweeps are left out.
func StartCloud(ctx context.Context, o CloudOptions) (*cloud.Cloud, error) {
	local, err := cloud.Start(ctx, cloud.Options{
		Clock: clock.Real{}, Path: o.Path, Listen: o.Listen, Logger: o.Logger, Indexes: bytes.NewReader(store.Indexes), EnforceIndexes: true,
		Prepare: func(ctx context.Context, c *cloud.Cloud) error {
			return errors.Join(
				EnsureSecrets(ctx, c.Secrets(), Project),
				c.EnsureSubscriptions(ctx, Subscriptions(Project, o.NotifyURL, o.ReceiveURL)),
			)
		},
	})
	if err != nil {
		return nil, err
	}
	if o.SweepURL != "" {
		local.Schedule(o.SweepURL, o.SweepEvery)
	}
	return local, nil
}
