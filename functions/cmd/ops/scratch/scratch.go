// Package scratch runs the product's own code on what is really stored, without changing any of it.
//
// [Open] lays a Firestore in this process over the real one: what is read is what is really stored, as it was when it was first asked for, and
// what is written stays in this process. [Scratch.Deliver] hands a message of order-events to what notify does with it, or one of
// provider-events to what receive does, built as those functions build it. It returns what came of it: the report that the function would log,
// the documents that were written, the messages that a provider would have got, and what would have been published.
//
//	s, err := scratch.Open(ctx, scratch.Options{Project: project, Environment: config.OS(), Secrets: secrets})
//	…
//	defer s.Close()
//
//	o := s.Deliver(ctx, scratch.OrderEvents, queue.Push{Data: data, Attributes: attributes, PublishTime: published})
//	switch {
//	case o.Unreadable():        // would become a dead letter again; o.Err says why
//	case o.Err != nil:          // would be delivered again; o.Err says why
//	case len(o.Sent) > 0:       // a provider would have got a message
//	default:                    // o.Report.Result and o.Report.Reason say what it is: refused, a duplicate, …
//	}
//
//	o.Written                   // the paths of the documents that it would have written
//	s.Store                     // has the documents as they are after it
//
// Deliveries of one Scratch build on each other: the second one finds what the first one wrote. So messages that belong together are delivered
// to one, in their order, and what must not see each other goes to several.
//
// What leaves the process is answered in it. A provider takes every message, under an invented id, and is never asked for anything else; so a
// template without a stored copy cannot be read. The order platform gives no answer, or by [Options.NoOrders] says that there is no order; so an
// order without a stored copy that is new enough is not known. Nothing is published. Credentials of apps are not read, an invented one stands for each: only the product's own keys come from the real
// Secret Manager, since they make the ids of documents.
package scratch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"google.golang.org/api/option"

	"github.com/eshopbox/whatsapp-notifications/functions/notify"
	"github.com/eshopbox/whatsapp-notifications/functions/receive"
	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/deadletter"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/overlay"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/wire"
)

// The topics whose messages can be delivered, as they are named where nothing else is configured. A dead letter belongs to the one that it came
// from.
const (
	OrderEvents    = deadletter.OrderEvents
	ProviderEvents = deadletter.ProviderEvents
)

// Options configure a [Scratch].
type Options struct {
	// Project is the project whose Firestore is read.
	Project string
	// Environment has the functions' configuration, as they are deployed with it: where a variable is missing, its default is taken. Addresses of
	// providers and of the order platform are not read. FIRESTORE_EMULATOR_HOST names the emulator that is the real Firestore, if there is one. Nil
	// is the process's own environment.
	Environment config.Lookuper
	// Real are the options of the client that reads the real Firestore; none are needed where FIRESTORE_EMULATOR_HOST names it, or Google's is
	// meant.
	Real []option.ClientOption
	// Secrets reads the product's own keys.
	Secrets wire.Accessor
	// Clock is the time of everything that happens in the scratch; nil is the machine's.
	Clock clock.Clock
	// Seed, where set, looks at each document as it is taken over from the real Firestore, and may hide or change it: see [overlay.Options].
	Seed func(ctx context.Context, d *overlay.Document) error
	// Cached is how long settings and templates are cached, at most 30 s; 0 reads them for each message. See [Scratch.Refresh].
	Cached time.Duration
	// NoOrders has the order platform answer that it has no order, instead of giving no answer: a message whose order has no stored copy is then
	// decided on with what its event tells, and does not wait for the platform.
	NoOrders bool
	// Logger gets the functions' log lines; nil drops them.
	Logger *slog.Logger
}

// Scratch is the product on a copy of what is stored. Deliver wants one caller at a time.
type Scratch struct {
	// Store reads and writes the copy.
	Store *store.Store

	cloud     *cloud.Cloud
	real      *overlay.Real
	overlay   *overlay.Overlay
	life      *boot.Lifecycle
	providers *providers
	published *published
	// function is what the functions are built of.
	function boot.Function
	notify   notify.Take
	receive  receive.Take
}

// Outcome is what came of a delivery.
type Outcome struct {
	// Report is what the function would log.
	Report outcome.Report
	// Err is why the message would be delivered again, or become a dead letter; nil if nothing is left to do for it.
	Err error
	// Written are the paths of the documents that were written, as "messages/id".
	Written []string
	// Sent are the names of the providers that got a message, one for each.
	Sent []string
	// Published are the short names of the topics that something was published to, one for each message.
	Published []string
}

// Unreadable reports whether the message cannot be read: the function would keep it as a dead letter.
func (o Outcome) Unreadable() bool {
	_, unreadable := errors.AsType[*queue.UnreadableError](o.Err)
	return unreadable
}

// Open lays a scratch over a project's Firestore. It reads the product's keys, and nothing else yet.
func Open(ctx context.Context, o Options) (*Scratch, error) {
	if o.Environment == nil {
		o.Environment = config.OS()
	}
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}

	s := &Scratch{
		life:      boot.NewLifecycle(o.Logger, 0, o.Clock),
		providers: &providers{noOrders: o.NoOrders},
		published: &published{},
	}
	if err := s.open(ctx, o); err != nil {
		return nil, errors.Join(fmt.Errorf("scratch.Open: %w", err), s.Close())
	}

	return s, nil
}

func (s *Scratch) open(ctx context.Context, o Options) error {
	own, err := ownKeys(ctx, o)
	if err != nil {
		return err
	}

	emulator, _ := o.Environment.Lookup("FIRESTORE_EMULATOR_HOST")
	if len(o.Real) > 0 {
		emulator = ""
	}

	if s.real, err = overlay.OpenReal(ctx, o.Project, emulator, o.Real...); err != nil {
		return err
	}
	if s.cloud, err = cloud.Start(ctx, cloud.Options{Clock: o.Clock, Direct: true, Logger: o.Logger}); err != nil {
		return err
	}

	s.overlay = overlay.New(overlay.Options{Local: s.cloud.Firestore(), Real: s.real, Seed: o.Seed})

	// One connection, given as such: a client goes by it also where the environment names an emulator, which is the real Firestore here.
	conn, err := s.cloud.Conn(append(s.overlay.DialOptions(), s.answers(own)...)...)
	if err != nil {
		return err
	}

	s.function = boot.Function{
		Lookuper:      environment{o.Environment, fixed(o.Project, o.Cached)},
		Clock:         o.Clock,
		Logger:        o.Logger,
		Lifecycle:     s.life,
		ClientOptions: []option.ClientOption{option.WithGRPCConn(conn), option.WithTelemetryDisabled()},
		Transport:     s.providers,
	}

	if s.Store, err = wire.Store(ctx, s.function, config.Project{ID: o.Project}); err != nil {
		return err
	}

	return s.Refresh(ctx)
}

// Refresh has the next delivery read settings and templates again. Whoever changes them in the Store calls it, unless nothing is cached.
func (s *Scratch) Refresh(ctx context.Context) (err error) {
	if s.notify, err = notify.NewTake(ctx, s.function); err != nil {
		return err
	}

	s.receive, err = receive.NewTake(ctx, s.function)

	return err
}

// Deliver delivers a message of a topic, [OrderEvents] or [ProviderEvents]. It does not panic over a topic that it does not know: that is the
// outcome's error.
func (s *Scratch) Deliver(ctx context.Context, topic string, push queue.Push) Outcome {
	var o Outcome

	s.overlay.Written() // what the caller wrote since is none of the delivery's

	switch topic {
	case OrderEvents:
		o.Report, o.Err = s.notify(ctx, push)
	case ProviderEvents:
		o.Report, o.Err = s.receive(ctx, push)
	default:
		o.Err = fmt.Errorf("%q is no topic whose messages can be tried", topic)
	}

	o.Written, o.Sent, o.Published = s.overlay.Written(), s.providers.take(), s.published.take()

	return o
}

// Prefetch reads documents of the real Firestore that will be needed, many in one call. Paths are as "messages/id". It is only for speed.
func (s *Scratch) Prefetch(ctx context.Context, paths ...string) error {
	return s.overlay.Prefetch(ctx, paths...)
}

// Close ends the scratch. Everything in it is gone.
func (s *Scratch) Close() error {
	// A caller that was told to stop closes all the same. The clients share one connection: all but the one that closes first say that it is
	// closed.
	_ = s.life.Close(context.Background())

	var problems []error
	if s.cloud != nil {
		problems = append(problems, s.cloud.Close())
	}
	if s.real != nil {
		problems = append(problems, s.real.Close())
	}

	return errors.Join(problems...)
}
