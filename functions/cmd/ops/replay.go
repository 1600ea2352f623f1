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

	fmt.Fprintf(o.hints, "in %v, %d events a second\n", took.Round(time.Millisecond), int(float64(result.Events)/took.Seconds()))

	return nil
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

// eventsOf returns the events of a day: those of the file, or what the topic retains.
func (o ops) eventsOf(ctx context.Context, accountID string, day billing.Day) ([]timemachine.Event, error) {
	if o.again.events != "" {
		file, err := os.Open(o.again.events)
		if err != nil {
			return nil, err
		}
		defer func() { _ = file.Close() }() // it was only read

		events, err := timemachine.ReadEvents(file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", o.again.events, err)
		}

		return events, nil
	}

	a, err := o.store.Account(ctx, accountID)
	if err != nil {
		return nil, fmt.Errorf("account %s: %w", accountID, err)
	}

	var (
		events      []timemachine.Event
		known       = map[string]bool{}
		from, until = timemachine.From(a, day)
	)

	err = o.topics.ReadTopic(ctx, o.events, from, until, o.clock.Now(), o.keeping, func(m queue.KeptMessage) {
		if !known[m.ID] {
			known[m.ID] = true
			events = append(events, timemachine.Event{PublishedAt: m.PublishTime, Attributes: m.Attributes, Data: m.Data})
		}
	})

	return events, err
}
