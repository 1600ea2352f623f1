package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/ops/timemachine"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/wire"
)

// replayFlags are those of replay.
type replayFlags struct{ events, settings, card string }

const (
	// settingsThen and settingsNow stand for the settings that each event was decided by, and for those of today.
	settingsThen = "then"
	settingsNow  = "now"
)

func replayFlagSet(f *flag.FlagSet, c *command) {
	f.StringVar(&c.again.events, "events", "", "file of events, a JSON object a line with publishTime, attributes and data in base64; without, they are read from the topic")
	f.StringVar(&c.again.settings, "settings", settingsThen, "then, now, or a file of what is otherwise than it was then")
	f.StringVar(&c.again.card, "card", "", "file of a rate card that counts beside the others, or in the place of one of its version")
}

var errReplay = errors.New("name an account and a day in its time zone, such as 811/2026-11-20")

// errFails ends a replay that found what a bad deployment would do.
var errFails = errors.New("the code of today cannot read all events of the day, or fails over some: see above")

// replay delivers an account's events of a day once more, on a copy of what is stored, and says what would be otherwise.
func (o ops) replay(ctx context.Context, subject string, dry bool) error {
	accountID, name, _ := strings.Cut(subject, "/")

	day := billing.Day(name)
	if accountID == "" || !day.Valid() {
		return errReplay
	}

	options := timemachine.Options{
		AccountID: accountID,
		Day:       day,
		Now:       o.again.settings == settingsNow,
		Real:      o.store,
		Zone:      o.zone,
		Scratch:   o.stage,
	}
	if err := o.readOthers(&options); err != nil {
		return err
	}
	if dry && o.again.events == "" {
		o.say("the events are those that the topic %s retains: they are read by a subscription that is made for that and deleted", o.events)
		return nil
	}

	var err error
	if options.Keys, err = wire.Keys(o.secrets, o.own.KeysConfig).Get(ctx); err != nil {
		return err
	}
	if options.Events, err = o.eventsOf(ctx, accountID, day); err != nil {
		return err
	}

	began := time.Now()

	result, err := timemachine.Run(ctx, options)
	if err != nil {
		return err
	}

	took := time.Since(began)

	for _, line := range result.Summary() {
		o.say("%s", line)
	}

	if result.Fails() {
		err = errFails
	}

	fmt.Fprintf(o.hints, "in %v, %d events a second\n", took.Round(time.Millisecond), int(float64(result.Events)/took.Seconds()))

	return err
}

// readOthers reads the files of what is otherwise than it was.
func (o ops) readOthers(options *timemachine.Options) error {
	if file := o.again.settings; file != settingsThen && file != settingsNow && file != "" {
		text, err := os.ReadFile(file)
		if err == nil {
			options.Change, err = timemachine.ReadChange(text)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}

	if file := o.again.card; file != "" {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}

		card, err := billing.Read(text, true)
		if err != nil {
			return fmt.Errorf("%s:\n%w", file, err)
		}

		options.Cards = []billing.Card{card}
	}

	return nil
}

// eventsOf returns the account's events of a day: those of the file, or what the topic retains.
func (o ops) eventsOf(ctx context.Context, accountID string, day billing.Day) ([]timemachine.Event, error) {
	a, err := o.store.Account(ctx, accountID)
	if err != nil {
		return nil, fmt.Errorf("account %s: %w", accountID, err)
	}

	keep := timemachine.Concerns(a, o.zone)

	if o.again.events != "" {
		return eventsIn(o.again.events, keep)
	}

	var (
		events      []timemachine.Event
		first, last time.Time
		known       = map[string]bool{}
		from, until = timemachine.From(a, day)
	)

	err = o.topics.ReadTopic(ctx, o.events, from, until, o.clock.Now(), o.keeping, func(m queue.KeptMessage) {
		if known[m.ID] {
			return
		}

		known[m.ID] = true
		if first.IsZero() || m.PublishTime.Before(first) {
			first = m.PublishTime
		}
		if m.PublishTime.After(last) {
			last = m.PublishTime
		}

		if e := (timemachine.Event{PublishedAt: m.PublishTime, Attributes: m.Attributes, Data: m.Data}); keep(e) {
			events = append(events, e)
		}
	})
	if err != nil {
		return nil, err
	}
	if len(known) == 0 {
		return nil, fmt.Errorf("the topic %s brought no event of %s, of no account: a day without any is read from an empty file, with -events", o.events, day)
	}

	o.say("%s of all accounts read from the topic, published from %s to %s; %d are the account's", count(len(known), "event"), first.UTC().Format(time.RFC3339), last.UTC().Format(time.RFC3339), len(events))

	return events, nil
}

// eventsIn returns those events of a file that are to be kept.
func eventsIn(name string, keep func(e timemachine.Event) bool) ([]timemachine.Event, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // it was only read

	events, err := timemachine.ReadEvents(file, keep)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}

	return events, nil
}
