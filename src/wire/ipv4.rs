//! The IPv4 header (RFC 791 section 3.1), as raw sockets deliver it and as ICMP errors quote it.

use std::net::Ipv4Addr;

use super::Malformed;

/// Octets of the header without options.
pub const FIXED: usize = 20;

/// A datagram: its header and payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet<'a> {
    /// The header with its options.
    pub header: Header<'a>,
    /// The octets after the header that belong to the datagram, possibly truncated.
    pub payload: &'a [u8],
}

/// The header of a datagram. Numbers are in host order. Only what [`Packet::parse`] lists was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header<'a> {
    /// Always 4.
    pub version: u8,
    /// Octets of the header with options: 20 to 60, a multiple of 4.
    pub header_length: u8,
    /// Differentiated services and congestion notification (RFC 2474, RFC 3168).
    pub type_of_service: u8,
    /// Octets of header and payload, as the header claims.
    pub total_length: u16,
    /// The number that the fragments of a datagram share.
    pub identification: u16,
    /// Three bits: 4 reserved, 2 do not fragment, 1 more fragments.
    pub flags: u8,
    /// The offset of this fragment in units of 8 octets: 0 to 8,191.
    pub fragment_offset: u16,
    /// The remaining hops.
    pub time_to_live: u8,
    /// The protocol of the payload; 1 is ICMP.
    pub protocol: u8,
    /// The header checksum, verified by the kernel only.
    pub checksum: u16,
    /// The sender, as the header claims.
    pub source: Ipv4Addr,
    /// The receiver.
    pub destination: Ipv4Addr,
    /// 0 to 40 octets, for [`super::options::Options`].
    pub options: &'a [u8],
}

impl<'a> Packet<'a> {
    /// Parses a datagram from a raw socket.
    ///
    /// The payload ends at the total length, or with the octets if the datagram was truncated to the buffer.
    ///
    /// # Errors
    ///
    /// [`Malformed::Version`] unless the version is 4, [`Malformed::HeaderLength`] below 20 octets of header,
    /// [`Malformed::TotalLength`] if the total length is below the header length, [`Malformed::Short`] if the octets
    /// end within the header.
    ///
    /// ```
    /// use rping::wire::ipv4::Packet;
    ///
    /// let octets = b"\x45\x00\x00\x16\x00\x01\x00\x00\x40\x01\x00\x00\x7f\x00\x00\x01\x7f\x00\x00\x02hi";
    /// let packet = Packet::parse(octets)?;
    /// assert_eq!(packet.header.time_to_live, 64);
    /// assert_eq!(packet.payload, b"hi");
    /// # Ok::<(), rping::wire::Malformed>(())
    /// ```
    pub fn parse(octets: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = Header::split_from(octets)?;
        let payload_length = usize::from(header.total_length)
            .checked_sub(header.header_length.into())
            .ok_or(Malformed::TotalLength)?;
        Ok(Self {
            header,
            payload: rest.get(..payload_length).unwrap_or(rest),
        })
    }

    /// Parses the original datagram in an ICMP error: its header and at least 64 bits of its payload (RFC 792), so the
    /// total length usually exceeds the octets.
    ///
    /// A total length below the header length is accepted too, and the payload then ends with the octets: some hosts
    /// quote a header whose length field they have already changed, and the quote still identifies the probe.
    ///
    /// # Errors
    ///
    /// As [`Packet::parse`], but never [`Malformed::TotalLength`].
    pub fn parse_original(octets: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = Header::split_from(octets)?;
        let payload = usize::from(header.total_length)
            .checked_sub(header.header_length.into())
            .and_then(|length| rest.get(..length))
            .unwrap_or(rest);
        Ok(Self { header, payload })
    }
}

impl<'a> Header<'a> {
    /// Whether this is a fragment with others after it.
    #[must_use]
    pub const fn has_more_fragments(&self) -> bool {
        self.flags & 0b001 != 0
    }

    /// Splits the header with its options from the rest.
    fn split_from(octets: &'a [u8]) -> Result<(Self, &'a [u8]), Malformed> {
        let (fixed, rest) = octets
            .split_first_chunk::<FIXED>()
            .ok_or(Malformed::Short)?;
        // RFC 791 figure 4, row by row.
        #[rustfmt::skip]
        let [
            version_and_length, type_of_service, l0, l1,
            i0, i1, f0, f1,
            time_to_live, protocol, c0, c1,
            s0, s1, s2, s3,
            d0, d1, d2, d3,
        ] = *fixed;
        let version = version_and_length >> 4;
        if version != 4 {
            return Err(Malformed::Version);
        }
        let header_length = (version_and_length & 0xf) * 4;
        let options_length = usize::from(header_length)
            .checked_sub(FIXED)
            .ok_or(Malformed::HeaderLength)?;
        let (options, rest) = rest
            .split_at_checked(options_length)
            .ok_or(Malformed::Short)?;
        let header = Self {
            version,
            header_length,
            type_of_service,
            total_length: u16::from_be_bytes([l0, l1]),
            identification: u16::from_be_bytes([i0, i1]),
            flags: f0 >> 5,
            fragment_offset: u16::from_be_bytes([f0 & 0x1f, f1]),
            time_to_live,
            protocol,
            checksum: u16::from_be_bytes([c0, c1]),
            source: Ipv4Addr::new(s0, s1, s2, s3),
            destination: Ipv4Addr::new(d0, d1, d2, d3),
            options,
        };
        Ok((header, rest))
    }
}

#[cfg(test)]
mod tests;
