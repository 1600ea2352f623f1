// Package service builds what a function works with from its configuration. It is the one place where stores, queues,
// secrets, providers and the protocol are put together; a function's own package only says which of them it uses.
//
// Nothing here connects: clients dial at their first call, so that a process starts fast.
package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"google.golang.org/api/option"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/dispatch"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/platform"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/catalog"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/secret"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// Config is what every function of the product reads.
type Config struct {
	config.Common
	Platform platform.Config
	// The topics, by their short names.
	OrderEvents           string `env:"ORDER_EVENTS_TOPIC, default=order-events"`
	ProviderEvents        string `env:"PROVIDER_EVENTS_TOPIC, default=provider-events"`
	CustomerNotifications string `env:"CUSTOMER_NOTIFICATIONS_TOPIC, default=customer-notifications"`
	// The providers' addresses; empty means their own.
	GupshupBaseURL       string `env:"GUPSHUP_BASE_URL"`
	KaleyraBaseURL       string `env:"KALEYRA_BASE_URL"`
	BusinessOnBotBaseURL string `env:"BUSINESSONBOT_BASE_URL"`
	MetaBaseURL          string `env:"META_BASE_URL"`
	// MetaVersion is the version of Meta's Graph API; empty means the one that the provider was made for.
	MetaVersion string `env:"META_VERSION"`
	// The secrets that our own ids and references are made with. Changing the first two makes every customer and every
	// occurrence a new one.
	PhoneKey      string `env:"PHONE_KEY_SECRET, default=phone-key"`
	OccurrenceKey string `env:"OCCURRENCE_KEY_SECRET, default=occurrence-key"`
	ReferenceKey  string `env:"REFERENCE_KEY_SECRET, default=reference-key"`
	// MaxInstances is how many instances share a sender's rate.
	MaxInstances int `env:"MAX_INSTANCES, default=10"`
	// MaxTries is how often a message may wait before it is dropped.
	MaxTries int `env:"MAX_TRIES, default=100"`
	// ParkAfter is how long a status of an unknown message is delivered again before it is parked.
	ParkAfter time.Duration `env:"PARK_AFTER, default=20s"`
	// SettingsTTL is how long settings are cached in the instance.
	SettingsTTL time.Duration `env:"SETTINGS_TTL, default=30s"`
	// EvidenceWindow is how recent an app's last callback must be for evidence to be expected of it.
	EvidenceWindow time.Duration `env:"EVIDENCE_WINDOW, default=24h"`
}

// Validate checks what Common's does not: the grace must outlast the parking of statuses, or evidence would come too late.
func (c Config) Validate() error {
	var problems []error
	if err := c.Common.Validate(); err != nil {
		problems = append(problems, err)
	}
	if c.Grace <= 2*c.ParkAfter {
		problems = append(problems, errors.New("GRACE must be more than twice PARK_AFTER"))
	}
	if c.MaxInstances < 1 {
		problems = append(problems, errors.New("MAX_INSTANCES must be at least 1"))
	}
	if c.MaxTries < 1 {
		problems = append(problems, errors.New("MAX_TRIES must be at least 1"))
	}
	if c.SettingsTTL > 30*time.Second || c.SettingsTTL < 0 {
		problems = append(problems, errors.New("SETTINGS_TTL must be between 0 and 30s"))
	}
	return errors.Join(problems...)
}

// Options are what does not come from the environment.
type Options struct {
	Clock  clock.Clock
	Logger *slog.Logger
	// ClientOptions go to the clients of Firestore, Pub/Sub and Secret Manager.
	ClientOptions []option.ClientOption
	// Transport replaces the transport of calls to providers and the platform; nil keeps the tuned one.
	Transport http.RoundTripper
}

// Parts are a function's parts. They are safe for concurrent use.
type Parts struct {
	Config     Config
	Clock      clock.Clock
	Logger     *slog.Logger
	Store      *store.Store
	Secrets    *secret.Store
	Queue      *queue.Client
	Providers  *catalog.Catalog
	Platform   *platform.Client
	Client     *http.Client
	Dispatcher *dispatch.Dispatcher

	publishers []*queue.Publisher
}

// New builds the parts.
func New(ctx context.Context, cfg Config, o Options) (*Parts, error) {
	db, err := store.Open(ctx, cfg.ProjectID, o.ClientOptions...)
	if err != nil {
		return nil, err
	}
	client := httpx.Client(cfg.RequestTimeout)
	if o.Transport != nil {
		client.Transport = o.Transport
	}
	orderZone, err := cfg.OrderLocation()
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	orders, err := platform.New(cfg.Platform, client)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	p := &Parts{
		Config: cfg, Clock: o.Clock, Logger: o.Logger, Store: db, Client: client, Platform: orders,
		Secrets: secret.New(secret.Options{
			ProjectID: cfg.ProjectID, EmulatorHost: cfg.SecretEmulator, Clock: o.Clock, ClientOptions: o.ClientOptions,
		}),
		Queue: queue.NewClient(cfg.ProjectID, o.ClientOptions...),
		Providers: catalog.New(catalog.Config{
			GupshupBaseURL: cfg.GupshupBaseURL, KaleyraBaseURL: cfg.KaleyraBaseURL,
			BusinessOnBotBaseURL: cfg.BusinessOnBotBaseURL, MetaBaseURL: cfg.MetaBaseURL, MetaVersion: cfg.MetaVersion, OrderZone: orderZone,
		}),
	}
	loc, err := cfg.Location()
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	p.Dispatcher = dispatch.New(dispatch.Config{
		Location: loc, Lease: cfg.Lease, Grace: cfg.Grace, ProviderTimeout: cfg.ProviderTimeout, ParkAfter: cfg.ParkAfter,
		MaxInstances: cfg.MaxInstances, MaxTries: cfg.MaxTries, SettingsTTL: cfg.SettingsTTL,
		EvidenceWindow: cfg.EvidenceWindow, Retention: cfg.Retention,
	}, dispatch.Deps{
		Store: db, Secrets: p.Secrets, Orders: orders, Providers: p.Providers, Keys: p.Keys, Client: client, Clock: o.Clock,
		Logger: o.Logger,
		Events: p.topic(cfg.OrderEvents, queue.Options{}), Callbacks: p.topic(cfg.ProviderEvents, queue.Options{}),
		Outcomes: p.topic(cfg.CustomerNotifications, queue.Options{}),
	})
	return p, nil
}

// Publisher publishes to a topic until the parts are closed.
func (p *Parts) Publisher(topic string, o queue.Options) *queue.Publisher {
	q := p.Queue.Publisher(topic, o)
	p.publishers = append(p.publishers, q)
	return q
}

func (p *Parts) topic(name string, o queue.Options) topic { return topic{p.Publisher(name, o)} }

// topic narrows a publisher to what the protocol needs.
type topic struct{ publisher *queue.Publisher }

// Publish returns once the message is durable.
func (t topic) Publish(ctx context.Context, data []byte, attributes map[string]string) error {
	_, err := t.publisher.Publish(ctx, queue.Message{Data: data, Attributes: attributes})
	return err
}

// Keys reads our own keys from Secret Manager.
func (p *Parts) Keys(ctx context.Context) (dispatch.Keys, error) {
	var k dispatch.Keys
	phoneKey, err := p.Secrets.Access(ctx, p.Config.PhoneKey)
	if err != nil {
		return k, err
	}
	occurrenceKey, err := p.Secrets.Access(ctx, p.Config.OccurrenceKey)
	if err != nil {
		return k, err
	}
	referenceKey, err := p.Secrets.Access(ctx, p.Config.ReferenceKey)
	if err != nil {
		return k, err
	}
	if k.Phone, err = phone.NewKeyer([]byte(phoneKey.Reveal())); err != nil {
		return k, fmt.Errorf("secret %s: %w", p.Config.PhoneKey, err)
	}
	if k.Occurrence, err = order.NewKeyer([]byte(occurrenceKey.Reveal())); err != nil {
		return k, fmt.Errorf("secret %s: %w", p.Config.OccurrenceKey, err)
	}
	if k.Reference, err = message.NewSealer([]byte(referenceKey.Reveal())); err != nil {
		return k, fmt.Errorf("secret %s: %w", p.Config.ReferenceKey, err)
	}
	return k, nil
}

// Close ends what the parts have open, the publishers first.
func (p *Parts) Close(ctx context.Context) error {
	var problems []error
	for _, q := range p.publishers {
		problems = append(problems, q.Close(ctx))
	}
	problems = append(problems, p.Queue.Close(), p.Secrets.Close(), p.Store.Close())
	return errors.Join(problems...)
}
