//! After an incident: hypothesis, exposure, bundle
