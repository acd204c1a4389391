{{- /* The pod of the daemon, of a one-shot run and of the test. Takes {root, component, args, probes}. */ -}}
{{- define "devin-idp-sync.podMetadata" -}}
labels:
  {{- include "devin-idp-sync.labels" .root | nindent 2 }}
  app.kubernetes.io/component: {{ .component }}
  {{- with .root.Values.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
annotations:
  checksum/config: {{ include "devin-idp-sync.config" .root | sha256sum }}
  {{- with .root.Values.podAnnotations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{- define "devin-idp-sync.podSpec" -}}
{{- $values := .root.Values -}}
serviceAccountName: {{ include "devin-idp-sync.serviceAccountName" .root }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with $values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with $values.podSecurityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
containers:
  - name: devin-idp-sync
    image: {{ include "devin-idp-sync.image" .root | quote }}
    imagePullPolicy: {{ $values.image.pullPolicy }}
    args:
      {{- toYaml .args | nindent 6 }}
    env:
      - name: DEVIN_IDP_SYNC_CONFIG
        value: /etc/devin-idp-sync/config.yaml
      {{- with $values.env }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
    {{- with $values.envFrom }}
    envFrom:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- with .probes }}
    {{- . | nindent 4 }}
    {{- end }}
    {{- with $values.resources }}
    resources:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- with $values.securityContext }}
    securityContext:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    volumeMounts:
      - name: config
        mountPath: /etc/devin-idp-sync
        readOnly: true
      - name: secrets
        mountPath: {{ include "devin-idp-sync.secretFolder" .root }}
        readOnly: true
      {{- if $values.redis.external.tls.secret }}
      - name: redis-tls
        mountPath: {{ include "devin-idp-sync.redisTlsFolder" .root }}
        readOnly: true
      {{- end }}
      {{- if $values.workloadIdentity.enabled }}
      - name: identity
        mountPath: {{ include "devin-idp-sync.identityFolder" .root }}
        readOnly: true
      {{- end }}
      - name: state
        mountPath: /var/lib/devin-idp-sync
      - name: tmp
        mountPath: /tmp
      {{- with $values.extraVolumeMounts }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
volumes:
  - name: config
    configMap:
      name: {{ include "devin-idp-sync.fullname" .root }}
  - name: secrets
    {{- include "devin-idp-sync.secretVolume" .root | nindent 4 }}
  {{- with $values.redis.external.tls }}
  {{- if .secret }}
  - name: redis-tls
    secret:
      secretName: {{ .secret }}
      defaultMode: 0440
      items:
        {{- range ternary (list "ca.crt" "tls.crt" "tls.key") (list "ca.crt") .clientCertificate }}
        - key: {{ . }}
          path: {{ . }}
        {{- end }}
  {{- end }}
  {{- end }}
  {{- if $values.workloadIdentity.enabled }}
  # A token for Entra alone: the Kubernetes API does not take it.
  - name: identity
    projected:
      defaultMode: 0440
      sources:
        - serviceAccountToken:
            path: token
            audience: {{ $values.workloadIdentity.audience }}
            expirationSeconds: 3600
  {{- end }}
  - name: state
    emptyDir:
      sizeLimit: 256Mi
  - name: tmp
    emptyDir:
      sizeLimit: 64Mi
  {{- with $values.extraVolumes }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- include "devin-idp-sync.placement" .root }}
{{- end -}}

{{- define "devin-idp-sync.placement" -}}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
