package main

import (
	"context"
	"fmt"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

// shapes lists the forms of providers' bodies that were not seen before.
func (o ops) shapes(ctx context.Context, _ string, _ bool) error {
	all, err := o.workspace().Shapes(ctx, operator)
	if err != nil {
		return err
	}

	for _, s := range all {
		o.say("%s  %s %s, %s, first %s, last %s, %s", s.Fingerprint, s.Provider, s.Door, s.Kind,
			s.FirstAt.In(o.zone).Format("2006-01-02 15:04"), s.LastAt.In(o.zone).Format("2006-01-02 15:04"), bodies(s.Count))
		o.say("  %s %s", orWhole(s.Path), s.Outline)
	}

	if len(all) == 0 {
		o.say("every body had a form that our fixtures have")
	}

	return nil
}

// shape prints a masked body of a form, as it can stand among the fixtures.
func (o ops) shape(ctx context.Context, fingerprint string, _ bool) error {
	s, err := o.workspace().Shape(ctx, operator, fingerprint)
	if fault.Is(err, fault.NotFound) {
		return fmt.Errorf("there is no form %q; ops shapes lists them", fingerprint)
	}
	if err != nil {
		return err
	}
	if s.Fixture == "" {
		return fmt.Errorf("no body of the form %s is kept: it was too long, or one of too many", fingerprint)
	}

	o.say("%s", s.Fixture)

	return nil
}

// orWhole names the place of a part in a body.
func orWhole(path string) string {
	if path == "" {
		return "the body"
	}

	return path
}

func bodies(n int64) string {
	if n == 1 {
		return "1 body"
	}

	return fmt.Sprintf("%d bodies", n)
}
