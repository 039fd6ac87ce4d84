// Package night plays a made-up night at the border through the real programs'
// own code paths: an office, three centers' devices and a partner, on loopback,
// with embedded SQLite in one folder.
//
//	Start ──► hosts, enrolled by tickets, with made-up staff
//	Play  ──► a truck of 45, a list that does not quite agree, the link cut and
//	          restored, an interview handed on, two devices that disagree, five
//	          people who appear twice, three referrals of which one is declined
//	Check ──► what the desk shows, held against what was put in
//
// Every person in it is invented. It is no simulator: it plays one good night
// to be looked at; syncengine/simtest plays thousands of bad ones.
package night
