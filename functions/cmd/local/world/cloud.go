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

// CloudOptions configures a local cloud for functions in processes of their own.
type CloudOptions struct {
	// Listen is the cloud's address, Keys that of its public key, which the functions verify pushes with.
	Listen, Keys string
	// Path is the directory of the cloud's state; empty keeps the state in memory.
	Path string
	// NotifyURL and ReceiveURL take the pushes of their subscriptions, SweepURL the calls of the scheduler. Where one is
	// empty, nothing is pushed or called.
	NotifyURL, ReceiveURL, SweepURL string
	SweepEvery                      time.Duration
	// Retain is for how long order-events retains what was published, in memory; 0 retains nothing.
	Retain time.Duration
	// Secrets are the names of secrets to make, with random values, beside the product's own keys.
	Secrets []string
	Logger  *slog.Logger
}

// StartCloud runs a local cloud with the product's topics, subscriptions, indexes and secrets, on the machine's clock. A state that is
// ahead of it is [ErrBehind].
func StartCloud(ctx context.Context, o CloudOptions) (*cloud.Cloud, error) {
	if err := checkAhead(o.Path, clock.Real{}); err != nil {
		return nil, err
	}

	local, err := cloud.Start(ctx, cloud.Options{
		Clock:          clock.Real{},
		Path:           o.Path,
		Listen:         o.Listen,
		ListenKeys:     o.Keys,
		Logger:         o.Logger,
		Indexes:        bytes.NewReader(store.Indexes),
		EnforceIndexes: true,
		Prepare: func(ctx context.Context, c *cloud.Cloud) error {
			return errors.Join(
				EnsureSecrets(ctx, c.Secrets(), Project, o.Secrets...),
				c.EnsureSubscriptions(ctx, subscriptions(o.NotifyURL, o.ReceiveURL, o.Retain)),
			)
		},
	})
	if err != nil {
		return nil, err
	}

	if o.SweepURL != "" {
		local.Schedule(cloud.ScheduledCall{
			URL:            o.SweepURL,
			Every:          o.SweepEvery,
			ServiceAccount: PushAccount,
			Audience:       PushAudience,
		})
	}

	return local, nil
}
