package order

import (
	"slices"
	"strings"
)

// failedDelivery is the status of a line whose delivery was attempted in vain.
const failedDelivery = "failed_delivery"

// FailedDelivery is the event after which shoppers choose an action, ResolutionSubmitted the one that tells of an action.
var (
	FailedDelivery      = Kind{Shipment, failedDelivery}
	ResolutionSubmitted = Kind{Shipment, "ndr_resolution_submitted"}
)

// Failure is what an order says of one parcel's failed delivery.
type Failure struct {
	// Failed reports whether a line of the parcel is in failed delivery. It is false again once an action is submitted, the
	// parcel is out for delivery, or it goes back.
	Failed bool
	// TrackingID is the courier's number of the parcel as the order spells it. It is empty if the lines that count have none, or
	// more than one: then it is not known which parcel is meant.
	TrackingID string
	// Resolutions are the codes that the platform offers for the failed lines, each once and in their order.
	Resolutions []string
	// Resolved reports whether the platform has an action for a line of the parcel already.
	Resolved bool
	// ResolutionCode is that action's code; empty if the platform does not say.
	ResolutionCode string
}

// notAttempted are remarks by which couriers say that nobody tried to deliver (shared/platform/CONTRACT.md section 1.4).
var notAttempted = []string{"no attempt", "not attempted", "attempt not made", "without attempt"}

// NotAttemptedStatus stands among the times of a shipment's statuses for a failed delivery that nobody tried. It overtakes what a failed
// delivery overtakes, and is no attempt.
const NotAttemptedStatus = "not_attempted"

// NotAttempted reports whether a failed delivery is one that nobody tried, as the courier's remark says. The shopper is not told of it, and
// has nothing to choose.
func (e *Event) NotAttempted() bool {
	if (Kind{e.Resource, e.SubType}) != FailedDelivery {
		return false
	}

	remark := strings.Join(strings.FieldsFunc(strings.ToLower(e.Remarks), func(r rune) bool { return r == ' ' || r == '_' || r == '-' }), " ")

	return slices.ContainsFunc(notAttempted, func(said string) bool { return strings.Contains(remark, said) })
}

// FailedDelivery reports whether the line's latest status is a failed delivery.
func (i *Item) FailedDelivery() bool { return canonicalSubType(i.Status) == failedDelivery }

// Failure returns the state of the failed delivery of one parcel. Its lines are those with the tracking number, or with the
// shipment's id as tracking number; all lines of the order if neither finds any, as in [Order.ItemsOf].
func (o *Order) Failure(trackingID, shipmentID string) Failure {
	lines := o.pick(func(i *Item) bool { return i.travelsAs(trackingID, shipmentID) })
	if len(lines) == 0 {
		lines = o.Items
	}

	var f Failure
	for n := range lines {
		i := &lines[n]
		f.Resolved = f.Resolved || i.Resolved
		f.ResolutionCode = first(f.ResolutionCode, i.ResolutionCode)
		if !i.FailedDelivery() {
			continue
		}

		f.Failed = true
		for _, code := range i.Resolutions {
			if !slices.Contains(f.Resolutions, code) {
				f.Resolutions = append(f.Resolutions, code)
			}
		}
	}

	f.TrackingID = onlyTracking(lines, f.Failed)

	return f
}

// onlyTracking returns the tracking number that the lines have in common, those in failed delivery if there are any.
func onlyTracking(lines []Item, failed bool) string {
	var id string
	for n := range lines {
		i := &lines[n]
		switch {
		case i.TrackingID == "" || failed && !i.FailedDelivery():
		case id != "" && id != i.TrackingID:
			return ""
		default:
			id = i.TrackingID
		}
	}

	return id
}

// readFailure reads ndrDetails: why the delivery failed, and which actions are offered.
func (i *Item) readFailure(c *cursor, key string) {
	switch key {
	case "reason":
		i.FailureReason = clip(c.scalar(), maxText)
	case "resolutions":
		i.Resolutions = readCodes(c, nil)
	default:
		c.skip()
	}
}

// readCodes appends the codes of a list of resolutions, each an object with its code or the bare code.
func readCodes(c *cursor, codes []string) []string {
	add := func() {
		if code := readCode(c); code != "" {
			codes = append(codes, code)
		}
	}

	switch c.peek() {
	case '[':
		c.array(func() { codes = readCodes(c, codes) })
	case '{':
		c.object(func(key string) {
			if key != "resolutionCode" {
				c.skip()
				return
			}

			add()
		})
	default:
		add()
	}

	return codes
}

func readCode(c *cursor) string { return strings.ToUpper(clip(c.scalar(), maxText)) }

// readResolution reads ndrResolutionDetails: {} until the platform has an action. A list of them is read too, and keys without
// values are no action.
func (i *Item) readResolution(c *cursor) {
	switch c.peek() {
	case '[':
		c.array(func() { i.readResolution(c) })
	case '{':
		c.object(func(key string) {
			switch b := c.peek(); {
			case key == "resolutionCode":
				i.ResolutionCode = first(readCode(c), i.ResolutionCode)
				i.Resolved = i.Resolved || i.ResolutionCode != ""
			case b == '{' || b == '[':
				i.Resolved = true

				c.skip()
			default:
				text := c.scalar()
				i.Resolved = i.Resolved || text != ""
			}
		})
	default:
		c.skip()
	}
}
