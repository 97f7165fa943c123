// The desks work without a script; this only makes them quicker by keyboard.
