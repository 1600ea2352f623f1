package order

import "time"

// maxText bounds each text that is taken out of a document; the platform's longest are addresses and links.
const maxText = 2048

// subject is the object that holds a shipment or a return, as it came; in the flat shape also what an envelope says.
type subject struct {
	resource, subType, eventType                             string
	accountID, accountIDCamel                                string
	slugCamel, slugSnake                                     string
	orderID, orderIDCamel, number, vendorNumber              string
	shipmentID, trackingID, returnNumber                     string
	returnShipmentID, checkoutID, channelID, externalChannel string
	name, phone, email, region                               string
	contact                                                  Customer
	address                                                  Address
	status, latestStatus                                     string
	updated                                                  stamp
	log                                                      []logEntry
	channelLabel, paymentType, isCOD, invoiceURL             string
	courier, remarks, returnReason, refund                   string
	items                                                    []Item
}

// logEntry is one status that a subject had, with its time.
type logEntry struct {
	status string
	at     stamp
}

// read takes the value of one key. The keys are the platform's; spellings that differ in the case of "Id" are both met.
func (s *subject) read(c *cursor, key string, loc *time.Location) {
	switch key {
	case "status_updated_at":
		s.updated = parseStamp(c.scalar(), loc)
	case "status_log":
		s.log = readLog(c, loc)
	case "items":
		s.items = readItems(c)
	case "pickupAddress", "shippingAddress":
		s.contact, s.address = readAddress(c)
	default:
		if target := s.field(key); target != nil {
			*target = clip(c.scalar(), maxText)
			return
		}

		c.skip()
	}
}

// field is where the text of a key belongs, nil for keys that do not matter.
func (s *subject) field(key string) *string {
	switch key {
	case "resource":
		return &s.resource
	case "eventSubType":
		return &s.subType
	case "eventType":
		return &s.eventType
	case "account_id":
		return &s.accountID
	case "accountId":
		return &s.accountIDCamel
	case "accountSlug":
		return &s.slugCamel
	case "account_slug":
		return &s.slugSnake
	case "order_id":
		return &s.orderID
	case "orderId":
		return &s.orderIDCamel
	case "customerOrderNumber":
		return &s.number
	case "vendorOrderNumber":
		return &s.vendorNumber
	case "externalShipmentID", "externalShipmentId":
		return &s.shipmentID
	case "trackingID", "trackingId":
		return &s.trackingID
	case "customerReturnNumber":
		return &s.returnNumber
	case "checkoutId":
		return &s.checkoutID
	case "returnShipmentId", "returnShipmentID":
		return &s.returnShipmentID
	case "channel_id":
		return &s.channelID
	case "externalChannelID", "externalChannelId":
		return &s.externalChannel
	case "customerName":
		return &s.name
	case "customerContactNumber":
		return &s.phone
	case "email":
		return &s.email
	}

	return s.detail(key)
}

// detail is field for the keys that say more about the subject.
func (s *subject) detail(key string) *string {
	switch key {
	case "countryCode":
		return &s.region
	case "status":
		return &s.status
	case "latest_status":
		return &s.latestStatus
	case "channelLabel":
		return &s.channelLabel
	case "paymentType":
		return &s.paymentType
	case "isCOD":
		return &s.isCOD
	case "invoice_url":
		return &s.invoiceURL
	case "courierName":
		return &s.courier
	case "remarks":
		return &s.remarks
	case "returnReason":
		return &s.returnReason
	case "refundAmount":
		return &s.refund
	}

	return nil
}

// describe copies what needs no decision.
func (e *Event) describe(s *subject) {
	e.OrderID, _ = wholeNumber(s.orderID)

	if e.OrderID == "" {
		e.OrderID, _ = wholeNumber(s.orderIDCamel)
	}

	e.OrderNumber = s.number
	e.VendorOrderNumber = s.vendorNumber
	e.ShipmentID = s.shipmentID
	e.TrackingID = s.trackingID
	e.ReturnNumber = s.returnNumber
	e.ChannelID = s.externalChannel

	if id, _ := wholeNumber(s.channelID); e.ChannelID == "" && id != "" {
		e.ChannelID = "CH" + id
	}

	e.Customer = Customer{
		Name:   first(s.name, s.contact.Name),
		Phone:  first(s.phone, s.contact.Phone),
		Email:  first(s.email, s.contact.Email),
		Region: first(s.region, s.contact.Region),
	}

	e.Address = s.address
	e.ChannelLabel = s.channelLabel
	e.PaymentType = s.paymentType
	e.CashOnDelivery = flag(s.isCOD)
	e.InvoiceURL = s.invoiceURL
	e.CourierName = s.courier
	e.Remarks = s.remarks
	e.ReturnReason = s.returnReason
	e.RefundAmount = parseAmount(s.refund)
	e.Items = s.items
}

// date finds when the event happened and what else is known to have happened.
//
// status_updated_at is the time of the subject's present status. If that names another event, because the subject moved
// on before this event was published, only the log knows this event's own time.
func (e *Event) date(s *subject) {
	status := canonicalSubType(s.status)
	elsewhere := status != e.SubType && known(Kind{e.Resource, status})
	own := newest(s.log, e.SubType)
	at := s.updated
	e.OccurredField = "status_updated_at"

	if elsewhere || at.raw == "" {
		at = own
		e.OccurredField = "status_log." + e.SubType
	}

	e.OccurredRaw, e.OccurredKnown, e.OccurredAt = at.raw, at.known, at.time()

	e.StatusTimes = make(map[string]int64, len(s.log)+1)

	for _, entry := range s.log {
		e.noteStatus(entry.status, entry.at)
	}

	e.noteStatus(e.SubType, at)

	if elsewhere {
		e.noteStatus(status, s.updated)
	}
}

func (e *Event) noteStatus(status string, at stamp) {
	if !at.known || at.epoch <= 0 || !known(Kind{e.Resource, status}) {
		return
	}

	e.StatusTimes[status] = max(e.StatusTimes[status], at.epoch)
}

// newest is the latest readable time of a status in the log, else one that could not be read.
func newest(log []logEntry, status string) stamp {
	var at stamp
	for _, entry := range log {
		if entry.status != status || entry.at.raw == "" {
			continue
		}
		if at.raw == "" || entry.at.known && (!at.known || entry.at.epoch > at.epoch) {
			at = entry.at
		}
	}

	return at
}

// readLog reads a status log: a map of status to time, or an array of entries. A time may itself be a list or an object
// that holds it.
func readLog(c *cursor, loc *time.Location) []logEntry {
	log := make([]logEntry, 0, 8)
	switch c.peek() {
	case '{':
		c.object(func(key string) {
			log = append(log, logEntry{status: canonicalSubType(key), at: readMoment(c, loc)})
		})
	case '[':
		c.array(func() { log = readLogEntry(c, loc, log) })
	default:
		c.skip()
	}

	return log
}

// readLogEntry reads {"status": …, "updatedAt": …} or {"delivered": …}.
func readLogEntry(c *cursor, loc *time.Location, log []logEntry) []logEntry {
	var status string
	var at stamp
	start := len(log)
	c.object(func(key string) {
		switch {
		case key == "status":
			status = canonicalSubType(c.scalar())
		case isTimeKey(key):
			at = parseStamp(c.scalar(), loc)
		case key == "remark" || key == "remarks" || key == "location":
			c.skip()
		default:
			log = append(log, logEntry{status: canonicalSubType(key), at: readMoment(c, loc)})
		}
	})

	if status == "" {
		return log
	}

	return append(log[:start], logEntry{status: status, at: at})
}

// readMoment reads a time, the newest of a list of times, or the time in an object.
func readMoment(c *cursor, loc *time.Location) stamp {
	var at stamp
	later := func(next stamp) {
		if at.raw == "" || next.known && (!at.known || next.epoch > at.epoch) {
			at = next
		}
	}

	switch c.peek() {
	case '[':
		c.array(func() { later(readMoment(c, loc)) })
	case '{':
		c.object(func(key string) {
			if !isTimeKey(key) {
				c.skip()
				return
			}

			later(parseStamp(c.scalar(), loc))
		})
	default:
		at = parseStamp(c.scalar(), loc)
	}

	return at
}

// isTimeKey reports whether key holds the time of a log entry.
func isTimeKey(key string) bool {
	switch key {
	case "updatedAt", "updated_at", "status_updated_at", "statusUpdatedAt", "timestamp", "date", "time":
		return true
	}
	return false
}
