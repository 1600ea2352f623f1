package order

import (
	"slices"
	"strings"
)

// identify finds out what the event is about.
func (e *Event) identify(top, body *subject, attrs map[string]string) {
	resource := first(top.resource, attrs[AttributeResource])
	subType := first(top.subType, attrs[AttributeSubType])

	if resource == "" && e.Flat {
		resource = flatResource(body)
	}
	if subType == "" && e.Flat {
		subType = body.status
	}

	e.Resource = canonicalResource(resource)
	e.RawSubType = name(strings.TrimSpace(subType))
	e.SubType = canonicalSubType(subType)
	e.EventType = strings.ToUpper(name(top.eventType))
}

func flatResource(s *subject) string {
	switch {
	case s.returnNumber != "":
		return ReturnShipment
	case s.shipmentID != "" || s.trackingID != "" || s.orderID != "":
		return Shipment
	default:
		return ""
	}
}

// nameAccount takes the account from the fields that may name it. The subject's own come before the envelope's, in
// which the id is null in every sample.
func (e *Event) nameAccount(top, body *subject, wrapped bool) {
	prefix := ""
	if wrapped {
		prefix = "response_data."
	}

	e.accountIDFrom(prefix+"account_id", body.accountID)
	e.accountIDFrom(prefix+"accountId", body.accountIDCamel)
	e.slugFrom(prefix+"accountSlug", body.slugCamel)
	e.slugFrom(prefix+"account_slug", body.slugSnake)

	if wrapped {
		e.accountIDFrom("account_id", top.accountID)
		e.accountIDFrom("accountId", top.accountIDCamel)
		e.slugFrom("accountSlug", top.slugCamel)
		e.slugFrom("account_slug", top.slugSnake)
	}
}

func (e *Event) accountIDFrom(field, value string) {
	id, ok := wholeNumber(value)
	switch {
	case !ok || id != "" && e.AccountID != "" && id != e.AccountID:
		e.AccountConflict = true
	case e.AccountID == "" && id != "":
		e.AccountID, e.AccountIDField = id, field
	}
}

func (e *Event) slugFrom(field, value string) {
	if value == "" {
		return
	}

	slug := name(value)
	switch {
	case slug == "" || e.AccountSlug != "" && !strings.EqualFold(slug, e.AccountSlug):
		e.AccountConflict = true
	case e.AccountSlug == "":
		e.AccountSlug, e.AccountSlugField = slug, field
	}
}

// nameSubject picks the id that stays the same over all events of one shipment or return.
func (e *Event) nameSubject(s *subject) {
	type candidate struct {
		kind SubjectKind
		id   string
	}

	candidates := [3]candidate{
		{SubjectShipment, e.ShipmentID}, {SubjectTracking, e.TrackingID}, {SubjectOrder, e.OrderID},
	}

	switch e.Resource {
	case Cart:
		candidates = [3]candidate{{SubjectCart, s.checkoutID}}
	case ReturnShipment:
		candidates = [3]candidate{
			{SubjectReturnNumber, e.ReturnNumber}, {SubjectReturnShipment, s.returnShipmentID}, {SubjectTracking, e.TrackingID},
		}
	}

	i := slices.IndexFunc(candidates[:], func(c candidate) bool { return c.id != "" })
	if i >= 0 {
		e.Subject, e.SubjectKind = candidates[i].id, candidates[i].kind
	}
}
