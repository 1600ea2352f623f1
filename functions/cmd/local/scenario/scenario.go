// Package scenario has stories that can be played on a local run: what a shopper, the order platform, the providers and the cloud do, step by step, and
// what has to come of it.
//
// A [Scenario] is a small file. An [Actor] does its steps on a running world, one at a time, through the same routes and functions as the pages of the lab.
// [Life] and [Faults] say in words what can be done.
package scenario

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
)

// Scenario is a story: its steps in their order, and what came of them where that is to be held.
type Scenario struct {
	Title string `json:"title"`
	Steps []Step `json:"steps"`
	End   *End   `json:"end,omitempty"`
}

// Step is one thing that is done. Which keys it has depends on what is done; see [Kinds].
type Step struct {
	// At is the soonest time of the step, since the beginning of the story.
	At Duration `json:"at,omitzero"`
	// Do is what is done, one of [Kinds].
	Do string `json:"do"`
	// Order is the platform's id of an order.
	Order string `json:"order,omitempty"`
	// Event is an event of the order, such as "shipment/failed_delivery".
	Event string `json:"event,omitempty"`
	// Parcel is which of the order's parcels or returns an event is about, from 1 on; 0 means 1. A number behind the last names one that is made up.
	Parcel int `json:"parcel,omitempty"`
	// Text is what stands in a dead letter instead of an event, or what a stranger writes.
	Text string `json:"text,omitempty"`
	// Phone is a shopper's number.
	Phone string `json:"phone,omitempty"`
	// Reply is what the shopper answers. In a file it names no message by its id; see Message.
	Reply *simulator.Reply `json:"reply,omitempty"`
	// Message is what is answered: the number of the message on the phone, from 1 on. Of an edit or a revoke it counts what the shopper wrote. 0 names none.
	Message int `json:"message,omitempty"`
	// Settings are how the phone is set.
	Settings *Settings `json:"settings,omitempty"`
	// Fault is the id of one of [Faults], and Times how often it strikes; 0 means as often as it usually does.
	Fault string `json:"fault,omitempty"`
	Times int    `json:"times,omitempty"`
	// For is by how much the clock is moved ahead, or for how long something is awaited at most.
	For Duration `json:"for,omitzero"`
	// Status is what a message of the order has to become, and Consent what the portal has to show, "1" or "0".
	Status  string `json:"status,omitempty"`
	Consent string `json:"consent,omitempty"`
	// App is the id of an installed app.
	App string `json:"app,omitempty"`
	// Template is what WhatsApp changes of a template.
	Template *Template `json:"template,omitempty"`
	// Key is the key that an app has at its provider from now on.
	Key string `json:"key,omitempty"`
	// Refused says that the step has to be turned down.
	Refused bool `json:"refused,omitempty"`
	// Section is a section of terraform/RUNBOOK.md, and Run one of its commands of ops as it stands there, without what all of them begin with.
	Section string `json:"section,omitempty"`
	Run     string `json:"run,omitempty"`
	// Topic stands for TOPIC in the command, and Input is its standard input.
	Topic string `json:"topic,omitempty"`
	Input string `json:"input,omitempty"`
	// Says are words that it says, with placeholders; Fails says that it fails, and by which words.
	Says  []string `json:"says,omitempty"`
	Fails string   `json:"fails,omitempty"`
}

// Settings are how a phone is set by its owner.
type Settings struct {
	// Off: nothing is delivered until it is on again.
	Off bool `json:"off,omitempty"`
	// NoReadReceipts: nobody learns that a message was read.
	NoReadReceipts bool `json:"noReadReceipts,omitempty"`
	// HideNumber: answers name the shopper by a user id alone.
	HideNumber bool `json:"hideNumber,omitempty"`
	// Agent: another sender holds the conversation.
	Agent bool `json:"agent,omitempty"`
}

// Template is what WhatsApp changes of a template of an app: one of Status, Category, Announced and Text.
type Template struct {
	// ID is that by which the provider knows the template.
	ID     string `json:"id"`
	Status string `json:"status,omitempty"`
	Reason string `json:"reason,omitempty"`
	// Category is what it becomes, Announced what it becomes in a day.
	Category  string `json:"category,omitempty"`
	Announced string `json:"announced,omitempty"`
	// Text is another body.
	Text string `json:"text,omitempty"`
}

// Duration is a time between two moments, in JSON as Go writes it: "1m30s".
type Duration time.Duration

// String is as Go writes it.
func (d Duration) String() string { return time.Duration(d).String() }

// MarshalJSON is part of [json.Marshaler].
func (d Duration) MarshalJSON() ([]byte, error) { return json.Marshal(d.String()) }

// UnmarshalJSON is part of [json.Unmarshaler]. A time that is less than 0 is an error.
func (d *Duration) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return errDuration
	}

	got, err := time.ParseDuration(text)
	if err != nil || got < 0 {
		return errDuration
	}

	*d = Duration(got)

	return nil
}

var errDuration = fmt.Errorf("is not a time such as %q", "1m30s")

// wrong is an error about a key of a step.
func wrong(key, problem string) error { return fault.Field(key, problem) }

// HasOps reports whether an operator is in the story.
func (s Scenario) HasOps() bool {
	return slices.ContainsFunc(s.Steps, func(step Step) bool { return step.Do == Operate })
}
