//! CMS for AS2 and encrypted delivery, without sockets
