package order

// Item is one line of an order, a shipment or a return. What a document does not hold is empty.
type Item struct {
	// ID is the platform's id of the line (orderItemID).
	ID string
	// SKU is the brand's code of the product (itemID). The platform's own "sku" holds its product id and is not used.
	SKU string
	// Title is the product's name.
	Title string
	// Brand is the product's brand.
	Brand string
	// GTIN, EAN and UPC are the product's trade numbers.
	GTIN, EAN, UPC string
	// Quantity is how many; 0 if the document does not say.
	Quantity int
	// Total is what the shopper pays for all pieces of the line (lineItemTotal).
	Total Amount
	// ShipmentID is the platform's internal id of the shipment (shipmentId), not an event's externalShipmentID.
	ShipmentID string
	// TrackingID and CourierName are of the way to the shopper.
	TrackingID, CourierName string
	// Status is the line's latest status.
	Status string
	// Remark is the courier's latest remark.
	Remark string
	// FailureReason is why the last attempt of delivery failed.
	FailureReason string
	// Resolutions are the codes of the actions that the platform offers after a failed delivery, in upper case and as listed.
	Resolutions []string
	// Resolved reports whether the platform has such an action already. ResolutionCode is its code, in upper case; it may be empty.
	Resolved       bool
	ResolutionCode string
	// ReturnReason is why the line comes back.
	ReturnReason string
	// InvoiceURL is where the line's invoice can be had.
	InvoiceURL string
	// PromisedOn is the promised date of delivery as written; empty for the platform's zero date.
	PromisedOn string
}

// travelsAs reports whether the line is in the parcel with the tracking number, or with the shipment's id as tracking number.
func (i *Item) travelsAs(trackingID, shipmentID string) bool {
	return i.TrackingID != "" && (i.TrackingID == trackingID || i.TrackingID == shipmentID)
}

func readItems(c *cursor) []Item {
	var items []Item
	c.array(func() {
		if c.peek() != '{' {
			c.skip()
			return
		}
		var i Item
		c.object(func(key string) { i.read(c, key) })

		items = append(items, i)
	})

	return items
}

func (i *Item) read(c *cursor, key string) {
	switch key {
	case "quantity":
		i.Quantity = count(c.scalar())
	case "lineItemTotal":
		i.Total = parseAmount(clip(c.scalar(), maxText))
	case "promiseDeliveryDate":
		if text := c.scalar(); !noTime(text) {
			i.PromisedOn = clip(text, maxText)
		}
	case "forwardTrackingTimeline":
		c.object(func(key string) { i.readTracking(c, key) })
	case "ndrDetails":
		c.object(func(key string) { i.readFailure(c, key) })
	case "ndrResolutionDetails":
		i.readResolution(c)
	case "additionalProductInfo":
		c.object(func(key string) {
			if key != "productDetails" {
				c.skip()
				return
			}

			c.object(func(key string) { i.readProduct(c, key) })
		})
	default:
		target := i.field(key)
		if target == nil {
			c.skip()
			return
		}
		// What the product below said stays if the line itself has nothing.
		if text := clip(c.scalar(), maxText); text != "" {
			*target = text
		}
	}
}

// field is where the text of an item's key belongs, nil for keys that do not matter.
func (i *Item) field(key string) *string {
	switch key {
	case "orderItemID":
		return &i.ID
	case "itemID":
		return &i.SKU
	case "productName":
		return &i.Title
	case "brand":
		return &i.Brand
	case "gtin":
		return &i.GTIN
	case "ean":
		return &i.EAN
	case "upc":
		return &i.UPC
	case "shipmentId":
		return &i.ShipmentID
	case "latestStatus":
		return &i.Status
	case "latestRemark":
		return &i.Remark
	case "returnReason":
		return &i.ReturnReason
	case "invoiceUrl":
		return &i.InvoiceURL
	}

	return nil
}

func (i *Item) readTracking(c *cursor, key string) {
	switch key {
	case "trackingID":
		i.TrackingID = clip(c.scalar(), maxText)
	case "courierName":
		i.CourierName = clip(c.scalar(), maxText)
	default:
		c.skip()
	}
}

// readProduct takes what the line itself does not say; a line's own values come first.
func (i *Item) readProduct(c *cursor, key string) {
	var target *string
	switch key {
	case "brand":
		target = &i.Brand
	case "sku":
		target = &i.SKU
	case "gtin":
		target = &i.GTIN
	case "ean":
		target = &i.EAN
	case "upc":
		target = &i.UPC
	case "additionalNames":
		// Some products have their trade numbers among their other names.
		c.object(func(key string) {
			if key == "others" || key == "additionalNames" {
				c.skip()
				return
			}

			i.readProduct(c, key)
		})

		return
	}

	if target == nil {
		c.skip()
		return
	}
	if text := clip(c.scalar(), maxText); *target == "" {
		*target = text
	}
}
